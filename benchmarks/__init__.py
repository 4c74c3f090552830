"""Speed, shown: each module prints ratios to peers that it measures in the same run."""
