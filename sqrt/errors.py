"""One family of errors: ``str(error)`` is for the log, ``user_message`` is a sentence for the screen."""

from sqrt.words import N_


class SqrtError(Exception):
    """Anything SQRT refuses to do, with a sentence that a user can read."""

    user_message = N_("This photo could not be rated.")

    def __init__(self, message: str, user_message: str | None = None) -> None:
        super().__init__(message)
        if user_message is not None:
            self.user_message = user_message


class PhotoError(SqrtError):
    """The input is not a usable photo."""

    user_message = N_("This file is not a photo that can be read.")


class ClipError(SqrtError):
    """The input is not a usable clip."""

    user_message = N_("This file is not a clip that can be read.")


class BusyError(SqrtError):
    """So much is to be rated already that this photo was turned away; the same photo may be rated a little later."""

    user_message = N_("The server is busy with other photos; please try again in a moment.")


class NotMeasurable(SqrtError):
    """A metric has nothing to measure here; the reason is shown beside the metrics that were left out."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, reason)


class ModelFileError(SqrtError):
    """A model file is missing, damaged, or could not be fetched."""

    user_message = N_("The face landmark model is not available.")


class SettingsError(SqrtError):
    """A setting is unknown or out of its bounds; the message names variable, value and what is allowed."""

    user_message = N_("The settings are not valid.")


class LocationError(SqrtError):
    """Whether a file would tell where it was taken, once that was removed, is not sure."""

    user_message = N_("The location cannot be removed from this photo for sure.")


class FileError(SqrtError):
    """A file cannot be written, or is in the way; the message names it."""

    user_message = N_("A file cannot be written.")
