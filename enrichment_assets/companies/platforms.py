"""Hosts that are no company's own site: where other people's profiles, pages, links and mailboxes live.

Facts only, by kind. What is done with them is decided in ``domain``. Five ways a platform is told from a company:

``NEVER``  the registrable domain (or public suffix) is never a company here, whatever follows it
``PAGES``  the bare site is the company that runs it (github.com); a page or a subdomain on it is somebody else's
``SUBDOMAINS``  the same, where only the subdomains are other people's (acme.squarespace.com)
``HOSTS``  one host of a company that has other, ordinary hosts (docs.google.com)
``PATHS``  a part of a company's site where others have pages (google.com/maps)

The values are the codes of ``domain.Rejected``.
"""

from typing import Final


def words(text: str) -> frozenset[str]:
    """The blank-separated words of ``text``; long lists of names read better so."""
    return frozenset(text.split())


def _listed(code: str, domains: str) -> dict[str, str]:
    return dict.fromkeys(words(domains), code)


NEVER: Final[dict[str, str]] = {
    **_listed(
        "social_network",
        "facebook.com fb.com fb.me fb.watch messenger.com instagram.com instagr.am threads.net threads.com twitter.com "
        "x.com linkedin.com licdn.com xing.com tiktok.com douyin.com youtube.com youtu.be youtube-nocookie.com "
        "pinterest.com pinterest.co.uk pinterest.de pinterest.fr pinterest.es pinterest.ca pin.it reddit.com redd.it "
        "snapchat.com tumblr.com vk.com vk.ru ok.ru weibo.com weibo.cn wechat.com t.me telegram.me telegram.org "
        "whatsapp.com wa.me wa.link discord.com discord.gg discordapp.com bsky.app mastodon.social mastodon.online "
        "line.me lin.ee quora.com twitch.tv flickr.com truthsocial.com clubhouse.com myspace.com viadeo.com "
        "kuaishou.com bilibili.com xiaohongshu.com nextdoor.com m.me viber.com signal.me signal.group skype.com",
    ),
    **_listed("app_store", "appsto.re apk.dog apkpure.com apkcombo.com appgallery.cloud aptoide.com galaxystore.com"),
    **_listed(
        "link_in_bio",
        "linktr.ee alllink.io artist.link beacons.ai beacons.page bio.fm bio.link bio.site biolink.info biolink.site "
        "biolink.website biolinky.co campsite.bio conecta.bio contactinbio.com feed.link flow.page heylink.me hoo.be "
        "hootbio.com hopp.co hyperfollow.com jingle.bio joy.link juicy.bio keepo.io komi.io linkbio.co linkfly.to "
        "linkin.bio linknbio.com linkpop.com linkr.bio linksta.cc lnk.bio lnkfi.re magic.ly mez.ink milkshake.app "
        "msha.ke ohmy.bio onne.link shor.by snipfeed.co solo.to song.link stan.store superprofile.bio tap.bio "
        "taplink.at taplink.cc taplink.ws withkoji.com about.me allmylinks.com carrd.link lit.link instabio.cc "
        "popl.co hihello.me linkgenie.co many.link url.bio znaplink.com",
    ),
    **_listed(
        "shortener",
        "bit.ly bitly.com tinyurl.com goo.gl g.co t.co ow.ly buff.ly is.gd v.gd rb.gy cutt.ly shorturl.at rebrand.ly "
        "lnkd.in tiny.cc t.ly s.id j.mp adf.ly bit.do bl.ink clck.ru dub.sh e.vg git.io git.new amzn.to amzn.eu a.co "
        "ebay.us etsy.me forms.gle g.page onelink.to onelink.me page.link app.link smart.link "
        "spoti.fi sptfy.com qr.ae qrco.de qr.net qr.link soo.gd short.gy shorte.st surl.li su.pr tr.ee trib.al u.to "
        "urlz.fr vzturl.com wp.me x.co x.gd youtu.be yt.be zpr.io 1drv.ms aka.ms ift.tt dlvr.it hubs.ly hubs.la "
        "mailchi.mp eepurl.com conta.cc tny.im lc.cx n9.cl kutt.it reurl.cc po.st mcaf.ee shrtco.de cli.re",
    ),
    **_listed(
        "email_provider",
        "gmail.com googlemail.com outlook.com outlook.de outlook.fr outlook.es outlook.it hotmail.com hotmail.co.uk "
        "hotmail.de hotmail.fr hotmail.es hotmail.it live.com live.co.uk live.de live.fr live.nl msn.com passport.com "
        "yahoo.com yahoo.co.uk yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.ca yahoo.co.in yahoo.in yahoo.com.br "
        "yahoo.com.au yahoo.com.mx yahoo.com.ar yahoo.com.sg yahoo.com.hk yahoo.com.tw yahoo.com.ph yahoo.co.id "
        "ymail.com rocketmail.com myyahoo.com aol.com aol.de aol.co.uk aim.com icloud.com me.com mac.com "
        "proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.com tuta.io tutamail.com "
        "keemail.me hey.com fastmail.com fastmail.fm messagingengine.com hushmail.com mail.com email.com inbox.com "
        "gmx.com gmx.net gmx.de gmx.at gmx.ch gmx.fr gmx.us web.de freenet.de t-online.de posteo.de posteo.net "
        "mailbox.org mail.de email.de arcor.de mail.ru inbox.ru list.ru bk.ru internet.ru yandex.ru ya.ru rambler.ru "
        "qq.com foxmail.com 163.com 126.com yeah.net 139.com 189.cn 21cn.com aliyun.com sina.cn hanmail.net daum.net "
        "naver.com nate.com rediffmail.com rediff.com libero.it virgilio.it alice.it tin.it laposte.net wanadoo.fr "
        "orange.fr free.fr sfr.fr neuf.fr bbox.fr seznam.cz email.cz centrum.cz post.cz wp.pl o2.pl onet.pl op.pl "
        "interia.pl poczta.fm abv.bg ukr.net i.ua bluewin.ch hispeed.ch comcast.net verizon.net att.net sbcglobal.net "
        "bellsouth.net cox.net charter.net earthlink.net btinternet.com virginmedia.com ntlworld.com talktalk.net "
        "zohomail.com zohomail.eu zohomail.in duck.com mailfence.com runbox.com riseup.net startmail.com lycos.com "
        "excite.com juno.com netzero.net webmail.co.za mweb.co.za telkomsa.net uol.com.br bol.com.br terra.com.br "
        "bigpond.com optusnet.com.au ziggo.nl planet.nl hetnet.nl telfort.nl skynet.be",
    ),
    **_listed("reference", "wikipedia.org wikidata.org wikimedia.org archive.org archive.today archive.ph"),
    **_listed("hosted_page", "notion.site gitbook.io readthedocs.io business.site googleusercontent.com"),
    **_listed(
        "infrastructure",
        "cloudfront.net amazonaws.com amazonaws.com.cn azureedge.net akamaihd.net akamaized.net edgesuite.net "
        "fastly.net ngrok.io ngrok.app ngrok.dev ngrok-free.app ngrok-free.dev trycloudflare.com loca.lt localhost.run "
        "serveo.net googleapis.com windows.net duckdns.org ddns.net dyndns.org no-ip.org localtest.me nip.io sslip.io "
        "safelinks.protection.outlook.com urldefense.com list-manage.com campaign-archive.com",
    ),
}

PAGES: Final[dict[str, str]] = {
    **_listed(
        "directory_page",
        "crunchbase.com ycombinator.com angel.co wellfound.com angellist.com f6s.com producthunt.com pitchbook.com "
        "tracxn.com owler.com craft.co cbinsights.com golden.com dealroom.co betalist.com startupranking.com "
        "techstars.com g2.com capterra.com getapp.com softwareadvice.com trustpilot.com trustradius.com yelp.com "
        "yelp.co.uk yelp.de yellowpages.com yell.com gelbeseiten.de pagesjaunes.fr paginasamarillas.es europages.com "
        "europages.co.uk kompass.com wlw.de zoominfo.com rocketreach.co lusha.com opencorporates.com northdata.com "
        "northdata.de firmenwissen.de societe.com infogreffe.fr clutch.co goodfirms.co bbb.org manta.com thomasnet.com "
        "tripadvisor.com tripadvisor.co.uk foursquare.com justdial.com indiamart.com tradeindia.com zaubacorp.com "
        "glassdoor.com glassdoor.co.uk glassdoor.de kununu.com indeed.com comparably.com builtin.com themuse.com "
        "stepstone.de monster.com welcometothejungle.com gust.com alternativeto.net slant.co stackshare.io theorg.com "
        "signalhire.com",
    ),
    **_listed(
        "hosted_page",
        "notion.so notion.com coda.io airtable.com jotform.com surveymonkey.com tally.so canva.com "
        "figma.com miro.com trello.com docsend.com dropbox.com wetransfer.com scribd.com slideshare.net "
        "issuu.com prezi.com pitch.com loom.com vimeo.com dailymotion.com soundcloud.com spotify.com "
        "calendly.com cal.com eventbrite.com eventbrite.co.uk eventbrite.de lu.ma luma.com meetup.com zoom.us "
        "medium.com hashnode.dev dev.to blogger.com cargocollective.com site123.me readymag.com "
        "github.com gitlab.com bitbucket.org sourceforge.net npmjs.com pypi.org huggingface.co kaggle.com "
        "stackoverflow.com behance.net dribbble.com deviantart.com anchor.fm",
    ),
    **_listed(
        "marketplace_page",
        "etsy.com ebay.com ebay.co.uk ebay.de alibaba.com aliexpress.com made-in-china.com kickstarter.com "
        "indiegogo.com gofundme.com patreon.com ko-fi.com buymeacoffee.com gumroad.com redbubble.com teespring.com "
        "fiverr.com upwork.com freelancer.com airbnb.com booking.com opentable.com doordash.com ubereats.com "
        "steampowered.com steamcommunity.com wefunder.com republic.com seedrs.com crowdcube.com",
    ),
}

SUBDOMAINS: Final[dict[str, str]] = {
    **_listed(
        "hosted_page",
        "atlassian.net bandcamp.com box.com bubble.io buzzsprout.com cargo.site format.com framer.com "
        "freshdesk.com ghost.io glideapp.io godaddysites.com hs-sites.com hubspotpagebuilder.com intercom.help "
        "itch.io jimdo.com jimdofree.com jimdosite.com kajabi.com kickoffpages.com launchrock.com leadpages.com "
        "mystrikingly.com podbean.com podia.com readthedocs.org sharepoint.com shopify.com slack.com softr.app "
        "squarespace.com strikingly.com substack.com super.site teachable.com thinkific.com typeform.com "
        "ueniweb.com unbounce.com unbouncepages.com webador.com webflow.com webnode.com weebly.com wix.com "
        "wordpress.com zendesk.com",
    ),
    **_listed(
        "job_board",
        "greenhouse.io lever.co ashbyhq.com workable.com smartrecruiters.com recruitee.com personio.de personio.com "
        "teamtailor.com breezy.hr bamboohr.com myworkdayjobs.com icims.com jobvite.com applytojob.com pinpointhq.com "
        "rippling-ats.com",
    ),
}

HOSTS: Final[dict[str, str]] = {
    **_listed(
        "app_store",
        "apps.apple.com itunes.apple.com podcasts.apple.com books.apple.com music.apple.com testflight.apple.com "
        "play.google.com chrome.google.com chromewebstore.google.com workspace.google.com apps.microsoft.com "
        "appsource.microsoft.com marketplace.visualstudio.com addons.mozilla.org apps.shopify.com "
        "appgallery.huawei.com appexchange.salesforce.com",
    ),
    **_listed(
        "hosted_page",
        "docs.google.com sites.google.com drive.google.com forms.google.com calendar.google.com meet.google.com "
        "groups.google.com storage.googleapis.com forms.office.com onedrive.live.com plus.google.com "
        "web.archive.org translate.google.com webcache.googleusercontent.com colab.research.google.com",
    ),
    **_listed("directory_page", "maps.google.com business.google.com news.google.com maps.apple.com finance.yahoo.com"),
    **_listed("job_board", "ats.rippling.com jobs.gem.com app.dover.com"),
}

PATHS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "google.com": (
        ("maps", "directory_page"),
        ("search", "directory_page"),
        ("url", "directory_page"),
        ("finance", "directory_page"),
    ),
    "bing.com": (("search", "directory_page"), ("maps", "directory_page")),
    "apple.com": (("app-store", "app_store"),),
    "microsoft.com": (("store", "app_store"), ("p", "app_store")),
    "amazon.com": (
        ("dp", "marketplace_page"),
        ("gp", "marketplace_page"),
        ("stores", "marketplace_page"),
        ("shops", "marketplace_page"),
        ("s", "marketplace_page"),
    ),
    "bloomberg.com": (("profile", "directory_page"), ("quote", "directory_page")),
    "dnb.com": (("business-directory", "directory_page"),),
    "apollo.io": (("companies", "directory_page"),),
    "reuters.com": (("companies", "directory_page"),),
    "forbes.com": (("companies", "directory_page"), ("profile", "directory_page")),
}

# What on PAGES or SUBDOMAINS speaks for the platform's own company: these subdomains, and on PAGES these paths of the
# bare site. Not careers. or jobs.: job boards put every customer there.
OWN_SUBDOMAINS: Final = words("about blog corp corporate info investor investors ir press")
OWN_PATHS: Final = words("about about-us careers company contact contact-us en home index.html index.php")

WORDS: Final[dict[str, str]] = {
    "social_network": "a social network",
    "app_store": "an app store",
    "link_in_bio": "a link-in-bio service",
    "shortener": "a link shortener",
    "email_provider": "an e-mail provider",
    "reference": "an encyclopedia or archive",
    "infrastructure": "technical infrastructure",
    "directory_page": "a directory of companies",
    "job_board": "a job board",
    "hosted_page": "a platform for other people's pages",
    "marketplace_page": "a marketplace",
}
