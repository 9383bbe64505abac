from collections.abc import Sequence

SCARD_SCOPE_USER: int
SCARD_SHARE_SHARED: int
SCARD_SHARE_DIRECT: int
SCARD_PROTOCOL_T0: int
SCARD_PROTOCOL_T1: int
SCARD_LEAVE_CARD: int
SCARD_RESET_CARD: int
SCARD_UNPOWER_CARD: int
SCARD_PCI_T0: int
SCARD_PCI_T1: int
SCARD_STATE_UNAWARE: int
SCARD_STATE_PRESENT: int
SCARD_STATE_EMPTY: int
SCARD_STATE_MUTE: int
SCARD_STATE_UNKNOWN: int
SCARD_STATE_UNAVAILABLE: int
SCARD_STATE_CHANGED: int
SCARD_STATE_INUSE: int
SCARD_S_SUCCESS: int
SCARD_E_TIMEOUT: int
SCARD_E_CANCELLED: int
SCARD_E_NO_SMARTCARD: int
SCARD_E_NO_READERS_AVAILABLE: int
SCARD_E_UNKNOWN_READER: int
SCARD_E_READER_UNAVAILABLE: int
SCARD_E_NO_SERVICE: int
SCARD_E_SERVICE_STOPPED: int
SCARD_E_INVALID_HANDLE: int
SCARD_F_COMM_ERROR: int
SCARD_W_REMOVED_CARD: int
SCARD_W_RESET_CARD: int
SCARD_W_UNRESPONSIVE_CARD: int
SCARD_W_UNPOWERED_CARD: int
SCARD_E_NOT_TRANSACTED: int
SCARD_E_PROTO_MISMATCH: int
SCARD_W_UNSUPPORTED_CARD: int

def SCardEstablishContext(scope: int) -> tuple[int, int]: ...
def SCardReleaseContext(context: int) -> int: ...
def SCardListReaders(context: int, groups: Sequence[str]) -> tuple[int, list[str]]: ...
def SCardGetStatusChange(
    context: int, timeout: int, states: Sequence[tuple[str, int]]
) -> tuple[int, list[tuple[str, int, list[int]]]]: ...
def SCardCancel(context: int) -> int: ...
def SCardConnect(context: int, reader: str, mode: int, protocols: int) -> tuple[int, int, int]: ...
def SCardDisconnect(card: int, disposition: int) -> int: ...
def SCardTransmit(card: int, pci: int, apdu: Sequence[int]) -> tuple[int, list[int]]: ...
def SCardGetErrorMessage(code: int) -> str: ...
