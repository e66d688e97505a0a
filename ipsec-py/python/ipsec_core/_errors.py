"""What can go wrong, as exceptions and warnings."""


class IpsecError(Exception):
    """Whatever this package raises by itself."""


class UnreadableError(IpsecError):
    """None of the files holds anything that is known."""


class DecodeError(IpsecError):
    """Bytes do not follow their format."""

    def __init__(self, message: str, offset: int, field: str) -> None:
        super().__init__(message, offset, field)
        self.offset: int = offset
        """Bytes from the start of what was read to the fault."""
        self.field: str = field
        """What cannot be read."""

    def __str__(self) -> str:
        return str(self.args[0])


class FilterError(IpsecError, ValueError):
    """A filter cannot be understood."""

    def __init__(self, message: str, offset: int, expected: str) -> None:
        super().__init__(message, offset, expected)
        self.offset: int = offset
        """Bytes from the start of the filter to the fault."""
        self.expected: str = expected
        """What should stand there."""

    def __str__(self) -> str:
        return str(self.args[0])


class CryptoError(IpsecError):
    """An encrypted part stays closed."""


class NoKeyError(CryptoError):
    """None of the keys is for its SA."""


class WrongKeyError(CryptoError):
    """The key for its SA has opened nothing of it."""


class IntegrityError(CryptoError):
    """The check value is wrong, though the key opens other packets."""


class PaddingError(CryptoError):
    """The check value is right, but what was decrypted does not end in padding."""


class ReplayError(CryptoError):
    """The number was there before, or is too old for the window."""


class ExpiredError(CryptoError):
    """The SA is at the end of its life, or of its numbers."""


class IpsecWarning(UserWarning):
    """Something is wrong with a file, and reading goes on."""
