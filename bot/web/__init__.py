"""The HTTP edge: webhook receiver, health, metrics. It stores deliveries and knows nothing of what they mean."""
