"""GitHub over HTTP: App authentication, pacing, retries, and the port that the workflows see. Owns gidgethub."""
