"""Plans of tasks, brought in from files and written back to them."""

from bot.workflows.tasks.plans.bring_in import import_plan
from bot.workflows.tasks.plans.result import Imported, Progress

__all__ = ["Imported", "Progress", "import_plan"]
