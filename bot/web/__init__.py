"""The HTTP edge: webhook receiver, API, health, metrics. It stores deliveries, and knows nothing of what they mean."""
