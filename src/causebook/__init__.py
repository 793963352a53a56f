"""Causebook: incidents, five whys and fixes as a searchable knowledge base beside the code."""

__version__ = "0.1.0"
