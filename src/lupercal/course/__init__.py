"""What happens to people? They live under care or a plan, day by day, and are seen at visits."""
