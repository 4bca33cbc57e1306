// Things to try, ready to click. Addresses and hosts are reserved for examples.

export const EXAMPLES = [
  {
    label: "Gmail refuses (DMARC)",
    text: `Can anybody read this? Our newsletter came back:
550-5.7.26 Unauthenticated email from example.com is not accepted due to
550-5.7.26 domain's DMARC policy. Please contact the administrator of
550-5.7.26 example.com domain if this was a legitimate mail. To learn about the
550-5.7.26 DMARC initiative, go to
550 5.7.26 https://support.google.com/mail/?p=DmarcRejection - gsmtp`,
  },
  {
    label: "Postfix log line",
    text: "Nov 20 09:12:41 mx1 postfix/smtp[21733]: 4XyZ1k3Qb9z: to=<ann@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=2.1, delays=0.1/0/1.2/0.8, dsn=4.7.1, status=deferred (host mx.example.net[192.0.2.25] said: 451 4.7.1 Greylisting in action, please come back later (in reply to RCPT TO command))",
  },
  {
    label: "Full mailbox",
    text: "<bob@example.org>: host mail.example.org[198.51.100.7] said: 552 5.2.2 Mailbox full, quota exceeded (in reply to end of DATA command)",
  },
  { label: "Lunch in room 421?", text: "Lunch in room 421?" },
  { label: "/smtp 421", text: "/smtp 421" },
  { label: "/smtp 5.7.26", text: "/smtp 5.7.26" },
  { label: "/smtp 4xx", text: "/smtp 4xx" },
  { label: "/smtp mailbox full", text: "/smtp mailbox full" },
  { label: "/smtp help", text: "/smtp help" },
];
