"""What people annotate with, one file a tool."""
