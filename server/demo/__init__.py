"""The demo shop: its goods, words and records, and what fills a shop with them."""
