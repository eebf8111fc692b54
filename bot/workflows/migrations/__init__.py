"""The main job: a labelled issue becomes one proven pull request for each folder."""
