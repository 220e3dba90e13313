"""Spider (https://spider.cloud). (Seam: the body comes with the providers' issue.)"""

from enrichment_assets.providers.ledger import Account
from enrichment_assets.providers.page import Page


class Spider:
    """Scrapes one page at a time."""

    async def scrape(self, url: str, account: Account, *, render: bool = False) -> Page:
        """The page as markdown and as raw HTML in one paid call.

        A site's own 4xx/5xx and synthetic 310/52x statuses are answers (a Page), never errors. 524 and other
        transient site statuses that stay after the retries raise TransientError. ``render`` asks for a browser.
        """
        raise NotImplementedError
