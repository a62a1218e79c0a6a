"""What differs from system to system, in one place: how a child is started, asked, watched and
ended, how a file is locked, how much memory and how many cores there are.

Nothing here asks for the system's name where it can ask for the ability: what a Python lacks
(``os.killpg``, ``fcntl``, ``/proc``) is gone round, never an error after the work.
"""
