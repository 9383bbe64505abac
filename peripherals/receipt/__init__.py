"""The receipt printer: slips on a roll of thermal paper, as pictures, so that no character of a name is ever missing."""

from peripherals.receipt.escpos import ReceiptFault, ReceiptPrinter, slip_bytes

__all__ = ["ReceiptFault", "ReceiptPrinter", "slip_bytes"]
