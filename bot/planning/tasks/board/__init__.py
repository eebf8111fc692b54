"""The dashboard's pure side: what is shown, which boxes are of use, and what was ticked by whom."""
