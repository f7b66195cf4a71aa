"""Reads a shop's own files: products and FAQ from CSV, JSON lines, Shopify exports and Google Merchant feeds."""
