"""What people write in a task's issue: the form's answers, boxes to tick, links to other issues."""
