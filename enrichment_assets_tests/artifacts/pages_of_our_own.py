"""Page texts written for the tests, so that a newcomer's clone has something to quote from."""

SOFTWARE = """\
# Ledgerline: close your books in days, not weeks

Ledgerline is accounting software for finance teams at growing companies.

* Reconcile bank feeds, cards and invoices on one platform
* An API that your engineers will actually like
* Single sign-on, audit log and role-based access on every plan

## Trusted by 2,500+ finance teams

“We cut our month-end close from 12 days to 4” – Dana Reyes, Controller at Northwind Freight

[See pricing](https://ledgerline.example/pricing) | [Book a demo](https://ledgerline.example/demo)

Plans start at $49 per seat and month, billed annually. Cancel any time; we don't lock you in.

We are a team of 85 people in Rotterdam and Toronto. Registered at Blaak 31, 3011 GA Rotterdam.
"""

SHOP = """\
# Sole & Lace – running shoes for the whole family

Free shipping on orders over €50. Returns within 30 days.

* Trail shoes for muddy weekends
* Kids' shoes that survive the playground
* Gift cards for every runner you know

Our customers love us: 4.8 out of 5 stars from 12,340 shoppers.

Visit our shop in Lisbon, Rua Augusta 110. Open Monday to Saturday.
"""

AGENCY = """\
# Studio Halyard

We are a design agency in Copenhagen. We build web sites and brands for hotels and restaurants.

Our work is billed by the hour: workshops, wireframes, photography and copywriting.

Drop us a line: hej@studiohalyard.example
"""

GERMAN = """\
# Prüfwerk – Qualitätssicherung für den Maschinenbau

Unsere Software hilft Fertigungsbetrieben, Messdaten automatisch auszuwerten.

Über 300 Unternehmen in Deutschland, Österreich und der Schweiz vertrauen uns täglich.
"""

CHINESE = """\
# 云账

我们为中小企业提供在线财务软件和税务服务平台，超过三千家公司正在使用。
"""

ALL = (SOFTWARE, SHOP, AGENCY, GERMAN, CHINESE)
