"""What can go wrong in a turn.

AgentError
├── MessageRefused      the guard will not let this message in
│   ├── MessageEmpty    neither words nor a photo
│   ├── MessageTooLong  more characters than anybody may send
│   └── TooManyPhotos   more photos than one turn looks at
├── PhotoUnreadable     a photo on disk cannot be decoded
├── DescriberFailed     the describer gave no usable answer; another one may
├── BrainFailed         the brain gave no usable reply; another brain may
└── TurnTimedOut        the turn took longer than it may
"""


class AgentError(Exception):
    """Base class; `code` is for programs, `retryable` says if the same call may work later."""

    code = "agent_failed"
    retryable = False


class MessageRefused(AgentError):
    """The guard will not let this message in."""

    code = "bad_request"


class MessageEmpty(MessageRefused):
    """Neither words nor a photo."""


class MessageTooLong(MessageRefused):
    """More characters than anybody may send."""

    code = "too_large"


class TooManyPhotos(MessageRefused):
    """More photos than one turn looks at."""

    code = "too_large"


class PhotoUnreadable(AgentError):
    """A photo on disk cannot be decoded."""

    code = "photo_rejected"


class DescriberFailed(AgentError):
    """The describer gave no usable answer; another one may."""

    code = "model_unavailable"
    retryable = True


class BrainFailed(AgentError):
    """The brain gave no usable reply."""

    code = "model_unavailable"
    retryable = True


class TurnTimedOut(AgentError):
    """The turn took longer than it may."""

    code = "turn_timeout"
    retryable = True
