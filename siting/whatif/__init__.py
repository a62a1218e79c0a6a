"""What-if: a plan that is pushed around by hand, with every figure kept up to date, exactly."""

from siting.whatif.change import Change
from siting.whatif.desk import WhatIf

__all__ = ["Change", "WhatIf"]
