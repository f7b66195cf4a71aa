"""Finds what the shop knows: documents, ingest, encoders, index, fusion, reranking, evaluation."""
