"""A component that has grown, distilled into one of its first size."""
