"""What can go wrong while importing and searching.

RetrievalError
├── IndexUnavailable    the index is closed, locked by another process or damaged; try again later
├── IndexMismatch       rebuild the index: it was made with another encoder
├── BadFilter           a field or operator that this catalogue does not have
├── BadImport           the whole file cannot be read (encoding, format, missing columns)
└── ModelUnavailable    a model file is missing or is not the one that was pinned
    └── TrainedOnOtherEyes  the describer's weights belong to another photo encoder; it can be done without
"""


class RetrievalError(Exception):
    """Base class; `code` is for programs, `retryable` says if the same call may work later."""

    code = "retrieval_failed"
    retryable = False


class IndexUnavailable(RetrievalError):
    """The index is closed, locked by another process or damaged."""

    code = "index_unavailable"
    retryable = True


class IndexMismatch(RetrievalError):
    """The index was made with another encoder than the one in the settings."""

    code = "index_mismatch"


class BadFilter(RetrievalError):
    """A field or operator that this catalogue does not have."""

    code = "bad_filter"


class BadImport(RetrievalError):
    """The whole file cannot be read: its encoding, its format or its columns."""

    code = "bad_import"


class ModelUnavailable(RetrievalError):
    """A model file is missing or is not the one that was pinned."""

    code = "model_unavailable"


class TrainedOnOtherEyes(ModelUnavailable):
    """The describer's weights were trained on what another photo encoder sees."""
