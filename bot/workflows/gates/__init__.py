"""What stands between a pull request and its merge: approvals, the spec guard, holds; and what follows from them."""
