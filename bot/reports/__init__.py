"""Pure: delivery reports, statuses and pictures as folds over what happened."""
