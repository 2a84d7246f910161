"""Readers of gold, raw text and both together."""
