"""The index of a shop: Chroma and files of vectors on disk, words, codes and filters in memory."""
