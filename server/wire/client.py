"""What clients send: one model for each frame, told apart by `type`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

# The most that any shop can allow; what this one allows is in `welcome.limits`.
MAX_TEXT = 100_000
MAX_PHOTOS = 16

Key = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.:-]+$")]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Short = Annotated[str, StringConstraints(max_length=500)]
Seq = Annotated[int, Field(ge=0, le=2**53)]


class Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ClientFrame(BaseModel):
    """A frame from a client. `id` is the client's own: it is acknowledged, and the same one is never done twice."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Key


class ClientName(Data):
    name: Annotated[str, StringConstraints(max_length=64)] = ""
    v: Annotated[str, StringConstraints(max_length=32)] = ""


class Resume(Data):
    cid: Key
    after: Seq = 0


class HelloData(Data):
    ticket: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    client: ClientName = ClientName()
    resume: Resume | None = None


class Hello(ClientFrame):
    """The first frame: a ticket from `POST /v1/sessions`, and where to go on."""

    type: Literal["hello"]
    data: HelloData


class PageContext(Data):
    """The page the customer is on."""

    url: Annotated[str, StringConstraints(max_length=2000)] = ""
    product_id: Annotated[str, StringConstraints(max_length=200)] = ""
    cart_id: Annotated[str, StringConstraints(max_length=200)] = ""


class MessageSendData(Data):
    text: Text = ""
    photos: Annotated[tuple[Key, ...], Field(max_length=MAX_PHOTOS)] = ()
    reply_to: Key | None = None
    context: PageContext | None = None

    @model_validator(mode="after")
    def _says_something(self) -> MessageSendData:
        if not self.text.strip() and not self.photos:
            raise ValueError("text or photos")
        return self


class MessageSend(ClientFrame):
    """Say something; acknowledged when it is stored."""

    type: Literal["message.send"]
    data: MessageSendData


class MessageActionData(Data):
    message_id: Key
    action_id: Short
    value: Short = ""


class MessageAction(ClientFrame):
    """Press a quick reply or a card of a message."""

    type: Literal["message.action"]
    data: MessageActionData


class ExplainCorrectData(Data):
    message_id: Key
    attribute: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    value: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class ExplainCorrect(ClientFrame):
    """Put right what was read from the photo that this message of the bot answers; the same photo is searched anew."""

    type: Literal["explain.correct"]
    data: ExplainCorrectData


class TurnStopData(Data):
    turn_id: Key


class TurnStop(ClientFrame):
    """Stop the answer that is being given; doing so twice is the same as once."""

    type: Literal["turn.stop"]
    data: TurnStopData


class TurnRegenerateData(Data):
    message_id: Key


class TurnRegenerate(ClientFrame):
    """Answer again instead of this message of the bot's last turn."""

    type: Literal["turn.regenerate"]
    data: TurnRegenerateData


class TypingData(Data):
    on: bool
    preview: Short | None = None


class Typing(ClientFrame):
    """The customer is typing, or no longer; it ends by itself 10 seconds after the last such frame."""

    type: Literal["typing"]
    data: TypingData


class SeqData(Data):
    seq: Seq


class Read(ClientFrame):
    """The customer has seen everything up to `seq`."""

    type: Literal["read"]
    data: SeqData


class Ack(ClientFrame):
    """The client has everything up to `seq`."""

    type: Literal["ack"]
    data: SeqData


class FeedbackData(Data):
    message_id: Key
    value: Literal[-1, 0, 1]
    reason: Short | None = None
    comment: Annotated[str, StringConstraints(max_length=2000)] | None = None


class FeedbackSet(ClientFrame):
    """Thumb up, down or neither for a message of the bot."""

    type: Literal["feedback.set"]
    data: FeedbackData


class CsatData(Data):
    score: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[str, StringConstraints(max_length=2000)] | None = None


class CsatSubmit(ClientFrame):
    """How satisfied the customer is, from 1 to 5; the answer to a `csat.request`."""

    type: Literal["csat.submit"]
    data: CsatData


class ConversationClose(ClientFrame):
    """End the conversation; the next session begins a new one."""

    type: Literal["conversation.close"]
    data: Data = Data()


class HandoffData(Data):
    reason: Short | None = None


class HandoffRequest(ClientFrame):
    """Ask for a person."""

    type: Literal["handoff.request"]
    data: HandoffData = HandoffData()


class HandoffCancel(ClientFrame):
    """Go back to the bot."""

    type: Literal["handoff.cancel"]
    data: HandoffData = HandoffData()


class EmailData(Data):
    email: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254)]


class HandoffEmail(ClientFrame):
    """The address at which a person is to answer; in reply to an `email` block."""

    type: Literal["handoff.email"]
    data: EmailData


class HistoryData(Data):
    before_seq: Seq
    limit: Annotated[int, Field(ge=1, le=50)] = 50
    cid: Key | None = None


class HistoryGet(ClientFrame):
    """Earlier events; staff name the conversation by `cid`."""

    type: Literal["history.get"]
    data: HistoryData


class PingData(Data):
    t: Any = None


class Ping(ClientFrame):
    """Is anybody there?"""

    type: Literal["ping"]
    data: PingData = PingData()


class StaffResume(Data):
    cursors: Annotated[dict[str, Seq], Field(max_length=200)] = {}
    inbox_after: Seq = 0


class StaffHelloData(Data):
    token: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    resume: StaffResume = StaffResume()


class StaffHello(ClientFrame):
    """The console's first frame."""

    type: Literal["hello"]
    data: StaffHelloData


class SubscribeData(Data):
    cid: Key
    after: Seq = 0


class ConvSubscribe(ClientFrame):
    """Show a conversation live, from after `after`."""

    type: Literal["conv.subscribe"]
    data: SubscribeData


class NamedData(Data):
    cid: Key


class ConvUnsubscribe(ClientFrame):
    """Show it no longer."""

    type: Literal["conv.unsubscribe"]
    data: NamedData


class ConvStatusData(Data):
    cid: Key
    status: Literal["closed"]
    expect_epoch: Seq | None = None


class ConvStatus(ClientFrame):
    """End a conversation; a conflict where it has changed hands since `expect_epoch`."""

    type: Literal["conv.status"]
    data: ConvStatusData


class HandoffAnswered(ClientFrame):
    """A person has answered by e-mail, as the customer had asked."""

    type: Literal["handoff.answered"]
    data: NamedData


class NoteData(Data):
    cid: Key
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class NoteAdd(ClientFrame):
    """Write a note that only staff see."""

    type: Literal["note.add"]
    data: NoteData


class ControlTakeData(Data):
    cid: Key
    name: Short = ""
    expect_epoch: Seq | None = None


class ControlTake(ClientFrame):
    """Answer a conversation oneself, under a name that the customer sees; the bot is silent until `control.return`."""

    type: Literal["control.take"]
    data: ControlTakeData


class ControlReturnData(Data):
    cid: Key
    note: Annotated[str, StringConstraints(max_length=2000)] | None = None
    expect_epoch: Seq | None = None


class ControlReturn(ClientFrame):
    """Let the bot answer again; `note` tells it, and no customer, what was done."""

    type: Literal["control.return"]
    data: ControlReturnData


class StaffMessageData(Data):
    cid: Key
    text: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1)]
    expect_epoch: Seq | None = None


class StaffMessage(ClientFrame):
    """Say something to the customer of a conversation that one has taken."""

    type: Literal["message.send"]
    data: StaffMessageData


ShopperFrame = (
    Hello
    | MessageSend
    | MessageAction
    | ExplainCorrect
    | TurnStop
    | TurnRegenerate
    | Typing
    | Read
    | Ack
    | FeedbackSet
    | CsatSubmit
    | ConversationClose
    | HandoffRequest
    | HandoffCancel
    | HandoffEmail
    | HistoryGet
    | Ping
)
StaffFrame = (
    StaffHello
    | ConvSubscribe
    | ConvUnsubscribe
    | ConvStatus
    | ControlTake
    | ControlReturn
    | HandoffAnswered
    | NoteAdd
    | StaffMessage
    | HistoryGet
    | Ack
    | Ping
)
