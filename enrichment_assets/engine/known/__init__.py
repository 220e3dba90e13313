"""What is known of companies, seen without a run."""
