"""What can be given: products and regimens in clinical language."""
