"""The commands of ``siting``, one a file. They return exit codes and import heavy rooms late."""
