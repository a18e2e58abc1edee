"""The conversation itself: pure, without network, clock or platform.

Start with :mod:`dialogs.engine`, whose ``Dialog.step`` is the whole of it: a session and an event in,
a session and messages out.
"""
