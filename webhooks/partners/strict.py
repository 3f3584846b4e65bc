"""Bodies that callers send: taken as they are written, and refused with the field, its value and what to do.

Nothing is converted: `true` is no number, `"5"` neither, 5 is no moment. Values that may hold secrets are not repeated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from hub.errors import Unprocessable

SECRET: Final = ("secret", "headers")  # fields, and all that is in them

#: What pydantic finds: how we say it, and what to do.
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("is missing", "it must be there."),
    "string_type": ("is no text", "write it in quotes."),
    "bool_type": ("is neither true nor false", "write one of them, without quotes."),
    "int_type": ("is no whole number", "write one without quotes, such as 5."),
    "float_type": ("is no number", "write one without quotes, such as 24."),
    "list_type": ("is no list", 'write one in brackets, such as ["a", "b"].'),
    "dict_type": ("is no object", 'write one in braces, such as {{"a": "b"}}.'),
    "model_type": ("is no object", 'send a JSON object, such as {{"a": "b"}}.'),
    "model_attributes_type": ("is no object", 'send a JSON object, such as {{"a": "b"}}.'),
    "greater_than_equal": ("is too little", "choose {ge} or more."),
    "less_than_equal": ("is too much", "choose {le} or less."),
    "string_too_long": ("is too long", "use at most {max_length} characters."),
    "literal_error": ("is not known", "choose {expected}."),
}


class Strict(BaseModel):
    """What a caller asks for. `elsewhere`: names that belong to another request, and which."""

    model_config = ConfigDict(extra="forbid", strict=True)

    elsewhere: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, given: Any, read: ModelWrapValidatorHandler[Any]) -> Any:
        """Raises Unprocessable for the first field at fault."""
        try:
            return read(given)
        except ValidationError as error:
            raise cls._refusal(error) from None

    @classmethod
    def _refusal(cls, error: ValidationError) -> Unprocessable:
        faults = [cls._fault(fault) for fault in error.errors(include_url=False)]
        field, shown, fault, hint = faults[0]
        details = [{"field": field, "value": shown, "message": f"{fault}: {hint}"} for field, shown, fault, hint in faults]
        said = f"{field} {shown}" if shown is not None else field
        return Unprocessable(f"{said}: {fault}:", hint=hint, field=field, details=details)

    @classmethod
    def _fault(cls, fault: Any) -> tuple[str, str | None, str, str]:
        place = [str(part) for part in fault["loc"] if part != "[key]"]
        field = "/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in place)
        if fault["type"] == "extra_forbidden":
            return field, None, "there is no such field", cls._near(place[0])
        if fault["type"] in WORDS:
            words, hint = WORDS[fault["type"]]
            hint = hint.format(**fault.get("ctx", {}))
        else:
            words, _, hint = str(fault["msg"]).partition(": ")
        bare = fault["type"] == "missing" or (place and place[0] in SECRET)
        return field, None if bare else _short(fault["input"]), words, hint or "correct it."

    @classmethod
    def _near(cls, name: str) -> str:
        if name in cls.elsewhere:
            return cls.elsewhere[name]
        known = [field.alias or name for name, field in cls.model_fields.items()]
        near = get_close_matches(name, known, 3, 0.6)
        return f"perhaps {' or '.join(near)}?" if near else f"there are {', '.join(known)}."


def _short(value: object) -> str:
    """As JSON, as the caller wrote it; not much of it."""
    try:
        text = json.dumps(value, default=str)
    except (ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 80 else text[:79] + "…"


def _moment(value: object) -> datetime:
    """A moment from a text; numbers are none, whatever they might count."""
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        raise PydanticCustomError("moment", "is no moment: write one such as 2026-11-22T08:00:00Z.")
    if found.utcoffset() is None:
        raise PydanticCustomError(
            "moment", "has no time zone: write it such as 2026-11-22T08:00:00Z or 2026-11-22T09:00:00+01:00."
        )
    return found


def _id(value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)  # type: ignore[arg-type]
    except (ValueError, AttributeError, TypeError):
        raise PydanticCustomError("id", "is no id of ours: they look like 0198b2c4-5d10-7c3a-9b1e-2f4a6c8e0d12.") from None


#: A moment with its time zone, in a body or in an address.
Moment = Annotated[datetime, BeforeValidator(_moment)]
#: A UUID written as a text.
Id = Annotated[UUID, BeforeValidator(_id)]
