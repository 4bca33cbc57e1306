"""What people paste in the tests."""

UNKNOWN = "550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown"
FULL = "552 5.2.2 <bob@example.net>: Mailbox full, quota exceeded"
