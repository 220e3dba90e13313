"""The words the world is made of: what companies sell, to whom, where, and whom they hire. Data, no rules."""

from typing import Final

# (what it is, what it does for whom, industry)
SOFTWARE: Final = (
    ("accounts payable automation platform", "captures invoices, routes approvals and pays suppliers", "Fintech"),
    ("revenue forecasting software", "turns pipeline data into forecasts that finance can rely on", "Sales technology"),
    ("observability platform", "collects logs, metrics and traces in one place", "Developer tools"),
    ("customer data platform", "unifies customer events from every channel", "Marketing technology"),
    ("warehouse management system", "plans picking, packing and replenishment", "Logistics"),
    ("fleet management software", "tracks vehicles, drivers and maintenance", "Transportation"),
    ("identity verification API", "checks documents and faces in seconds", "Security"),
    ("contract lifecycle management platform", "drafts, negotiates and renews agreements", "Legal technology"),
    ("applicant tracking system", "keeps every candidate and interview in one pipeline", "HR technology"),
    ("payroll and compliance platform", "pays distributed teams in local currency", "HR technology"),
    ("endpoint security platform", "detects and stops attacks on laptops and servers", "Security"),
    ("clinical trial software", "runs recruitment, consent and data capture for studies", "Health technology"),
    ("construction management software", "brings drawings, RFIs and budgets to the site", "Construction"),
    ("property management software", "handles leases, rent and maintenance requests", "Real estate"),
    ("energy analytics platform", "forecasts load and cuts the cost of electricity", "Energy"),
    ("quality management system", "documents audits, deviations and corrective actions", "Manufacturing"),
    ("call center analytics software", "transcribes and scores every conversation", "Customer service"),
    ("subscription billing API", "meters usage, invoices and collects payments", "Fintech"),
    ("feature flag service", "ships changes safely to any share of users", "Developer tools"),
    ("e-discovery platform", "finds the documents that matter in a case", "Legal technology"),
    ("procurement platform", "compares bids and controls spend before it happens", "Procurement"),
    ("sales enablement platform", "gives every rep the right deck at the right moment", "Sales technology"),
    ("data pipeline platform", "moves and transforms data between warehouses and tools", "Data infrastructure"),
    ("vector search engine", "serves semantic search with millisecond latency", "Data infrastructure"),
    ("learning management system", "delivers onboarding and certification to staff", "Education technology"),
    ("telehealth platform", "connects clinics with their patients by video", "Health technology"),
    ("agronomy software", "turns satellite and soil data into field plans", "Agriculture"),
    ("carbon accounting software", "measures emissions across suppliers and sites", "Climate"),
    ("hotel revenue management system", "prices every room for every night", "Hospitality"),
    ("restaurant operations platform", "joins ordering, inventory and staffing", "Hospitality"),
    ("customer support platform", "answers tickets across chat, e-mail and phone", "Customer service"),
    ("document processing API", "reads forms, invoices and contracts with machine learning", "Artificial intelligence"),
    ("voice agent platform", "answers and places phone calls in natural language", "Artificial intelligence"),
    ("simulation software", "tests designs before a prototype is built", "Manufacturing"),
    ("freight forwarding platform", "quotes, books and tracks shipments door to door", "Logistics"),
    ("compliance automation platform", "collects evidence for SOC 2 and ISO 27001", "Security"),
    ("insurance claims software", "settles simple claims without a phone call", "Insurance"),
    ("laboratory information system", "tracks samples, instruments and results", "Biotechnology"),
    ("event management software", "sells tickets and runs registration for conferences", "Events"),
    ("code review assistant", "finds defects before a person reads the change", "Developer tools"),
)
SERVICES: Final = (
    ("cloud consulting firm", "migrates and operates critical workloads", "Consulting"),
    ("performance marketing agency", "plans and buys media that pays for itself", "Marketing services"),
    ("managed IT service provider", "runs networks, devices and help desks", "IT services"),
    ("recruitment firm", "places senior engineers and product leaders", "Recruitment"),
    ("translation and localisation service", "brings software and manuals to forty languages", "Language services"),
    ("outsourced accounting service", "closes the books and files the taxes", "Accounting"),
    ("industrial automation integrator", "designs and commissions production lines", "Engineering"),
    ("product design studio", "takes interfaces from research to release", "Design"),
)
CONSUMER: Final = (
    ("meditation app", "helps people sleep and worry less", "Wellness"),
    ("recipe and meal kit service", "brings dinner for the whole family", "Food"),
    ("direct-to-consumer skincare brand", "makes gentle products for sensitive skin", "Beauty"),
    ("online shop for running shoes", "finds the shoe that fits your stride", "Retail"),
    ("dating app", "introduces singles who want the same things", "Social"),
    ("personal budgeting app", "shows where your money goes", "Personal finance"),
    ("mobile games studio", "makes puzzle games for a quiet evening", "Games"),
    ("language learning app", "teaches you to speak in ten minutes a day", "Education"),
    ("pet food brand", "delivers fresh meals for dogs and cats", "Pets"),
    ("holiday rental site", "finds cabins and beach houses for your family", "Travel"),
)
LOCAL: Final = (
    ("family dental practice", "looks after smiles in the neighbourhood", "Health care"),
    ("restaurant and bar", "serves seasonal dishes and natural wine", "Food"),
    ("independent bookshop", "recommends books and hosts readings", "Retail"),
    ("yoga studio", "offers classes for every level", "Wellness"),
    ("community foundation", "supports families and schools with donations", "Non-profit"),
)
BUYERS: Final = (
    "mid-market finance teams", "enterprise IT departments", "B2B sales teams", "software engineering teams",
    "logistics operators", "hospitals and clinics", "law firms", "manufacturers", "construction companies",
    "property managers", "insurers", "retail chains", "banks and lenders", "HR departments", "security teams",
    "procurement leaders", "marketing teams", "universities", "utilities", "food producers", "agencies",
    "customer support leaders", "data teams", "operations managers",
)  # fmt: skip
CONSUMERS: Final = ("busy parents", "students", "runners", "travellers", "families", "people at home", "our neighbours")
BENEFITS: Final = (
    "Teams go live in under {n} weeks and keep their existing tools.",
    "Customers report {p}% less manual work in the first quarter.",
    "Every change is logged, so audits take hours instead of weeks.",
    "Our API and webhooks connect to more than {n}0 systems out of the box.",
    "Role-based access, SSO and SOC 2 Type II are part of every plan.",
    "Dashboards show the numbers that matter, by team, region and product.",
    "Our customer success team answers within {n} minutes on business days.",
    "Pricing is per seat with an annual contract, and starts at ${m} per month.",
    "Built-in workflows replace spreadsheets and e-mail threads.",
    "Data stays in the region you choose, encrypted at rest and in transit.",
    "Migrations are planned and run with you by a named specialist.",
    "It scales from {p} users to several thousand without a new contract.",
)  # fmt: skip
SERVICE_BENEFITS: Final = (
    "A named partner leads every engagement from the first call to hand-over.",
    "We work on fixed fees for projects and monthly retainers for operations.",
    "More than {p} client companies have renewed with us for a third year.",
    "Our specialists are certified by the vendors our clients already use.",
    "We report to your leadership team every {n} weeks, in plain words.",
    "Typical engagements start at ${m}0 and last {n} months.",
)  # fmt: skip
CONSUMER_BENEFITS: Final = (
    "Free shipping on orders over ${m}.",
    "Loved by more than {p},000 people and rated 4.{n} in the app stores.",
    "Try it free for {n} days and cancel whenever you like.",
    "Download the app and start today.",
    "Gift cards are available for every occasion.",
    "Visit us or order online for your home.",
)  # fmt: skip
CUSTOMERS: Final = (
    "Northwind Freight", "Halden Bank", "Orchard Health", "Bluefield Energy", "Castell Insurance", "Marlow Foods",
    "Tessera Steel", "Pinehurst Hotels", "Vantage Retail", "Kestrel Airways", "Lumen Clinics", "Arden Law",
    "Quayside Logistics", "Foxglove Pharma", "Ironbridge Construction", "Solent Utilities",
)  # fmt: skip
CITIES: Final = (
    ("San Francisco", "CA", "US", "United States"), ("New York", "NY", "US", "United States"),
    ("Austin", "TX", "US", "United States"), ("Boston", "MA", "US", "United States"),
    ("Toronto", "ON", "CA", "Canada"), ("London", "England", "GB", "United Kingdom"),
    ("Berlin", "Berlin", "DE", "Germany"), ("Munich", "Bavaria", "DE", "Germany"),
    ("Paris", "Île-de-France", "FR", "France"), ("Amsterdam", "North Holland", "NL", "Netherlands"),
    ("Stockholm", "Stockholm", "SE", "Sweden"), ("Madrid", "Madrid", "ES", "Spain"),
    ("Bengaluru", "Karnataka", "IN", "India"), ("Singapore", "", "SG", "Singapore"),
)  # fmt: skip
JOBS: Final = (
    ("Sales", ("Account Executive", "Sales Development Representative", "Enterprise Account Executive",
               "VP of Sales", "Sales Engineer", "Regional Sales Manager")),
    ("Marketing", ("Content Marketing Manager", "Demand Generation Manager", "Head of Marketing",
                   "Product Marketing Manager", "SEO Specialist")),
    ("Engineering", ("Senior Software Engineer", "Backend Engineer", "Staff Engineer, Platform", "Frontend Engineer",
                     "Site Reliability Engineer", "Engineering Manager", "Machine Learning Engineer",
                     "QA Engineer", "Software Engineering Intern")),
    ("Product", ("Product Manager", "Senior Product Designer", "Director of Product")),
    ("Data", ("Data Analyst", "Senior Data Scientist", "Analytics Engineer")),
    ("Customer Success", ("Customer Success Manager", "Technical Support Specialist", "Implementation Consultant")),
    ("Operations", ("Operations Associate", "Office Manager", "Chief of Staff")),
    ("Finance", ("Financial Controller", "Senior Accountant", "FP&A Manager")),
    ("People", ("Talent Acquisition Partner", "HR Business Partner")),
)  # fmt: skip
