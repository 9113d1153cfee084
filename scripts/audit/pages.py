"""wapiti over the pages, as a member: crawled from the pages that nothing but a form leads to as well."""

import json
import subprocess

from findings import SEVERITIES, Finding, ScannerFailed
from product import Member, clean_environment

# All that make sense without a network. Left out are those that need a server of wapiti's on the internet (ssrf, xxe, log4shell), a
# database that is fetched (nikto, wapp, htp), other people's software (cms, wp_enum, …), and:
#   csrf: it looks for tokens in forms; here it is `Sec-Fetch-Site` and `Origin` that guard (server/src/http/csrf.rs, with tests);
#   brute_login_form, buster: they guess from lists, which is the rates' business;
#   ldap, spring4shell: there is neither LDAP nor Java here, and they take a wait after wrong passwords and a refused form for signs of it;
#   ssl, https_redirect: the director's, which the Observatory looks at.
MODULES = "backup,cookieflags,crlf,csp,exec,file,htaccess,http_headers,methods,permanentxss,redirect,shellshock,sql,timesql,upload,xss"
# The quick form's: what each page and form of ours could do wrong by itself.
FEW_MODULES = "crlf,redirect,sql,xss"
# In seconds: of the crawl, and of each module.
SECONDS = {"quick": (8, 8), "full": (120, 60)}
FEW_STARTS = ("/search?q=alien", "/account/tokens")
STARTS = ("/search?q=alien", "/search?genre=Drama&from=1970&to=1999&min=3", "/describe?q=ship", "/ratings?sort=title&stars=4",
          "/account", "/account/security", "/account/tokens", "/account/changes", "/account/data", "/account/import", "/sign-in/forgot", "/privacy")
# What would end the session, or the account.
LEFT_ALONE = ("/api/ui/sign-out*", "/api/ui/delete-account*", "/account/security/delete*", "/account/security/sessions/*",
              "/account/security/password*", "/pkg/*",
              # Films' pages are all alike: of every sixteen, one is looked at.
              *(f"/film/{digit}*" for digit in "123456789abcdef"))


def findings_of(tools, folder, url, size, cookie=None, starts=(), left_alone=()):
    crawl_s, attack_s = SECONDS[size]
    modules = FEW_MODULES if size == "quick" else MODULES
    report, log = folder / "wapiti.json", folder / "wapiti.log"
    command = [
        str(tools / "wapiti/bin/wapiti"), "--url", url + "/", "--scope", "domain", "--module", modules, "--no-bugreport", "--flush-session",
        "--store-session", str(folder / "session"), "--store-config", str(folder / "config"), "--depth", "3",
        "--max-links-per-page", "100", "--max-files-per-dir", "12", "--max-scan-time", str(crawl_s), "--max-attack-time", str(attack_s),
        "--format", "json", "--output", str(report), "--verbose", "1", "--timeout", "15",
    ]
    for start in starts:
        command += ["--start", url + start]
    for path in left_alone:
        command += ["--exclude", url + path]
    if cookie:
        # Not with --drop-set-cookie: it drops what is sent as well.
        command += ["--cookie-value", cookie]
    with open(log, "w") as out:
        limit = crawl_s + attack_s * (modules.count(",") + 1) + 300
        subprocess.run(command, stdout=out, stderr=out, env=clean_environment(), timeout=limit, check=False)
    if not report.exists():
        raise ScannerFailed(f"wapiti left no report; its words: {log}")
    told = json.loads(report.read_text())
    found = []
    for kind in ("vulnerabilities", "anomalies"):
        for what, cases in told[kind].items():
            for case in cases:
                where = f"{case['method']} {case['path']} {case['parameter'] or ''}: {case['info']}"
                found.append(Finding(SEVERITIES[case["level"]], what, where))
    crawled = told["infos"].get("crawled_pages_nbr", 0)
    found.append(Finding("info", "crawled", f"{crawled} pages"))
    # A form that members alone see.
    if cookie and "/account/tokens" not in "".join(line for line in log.read_text().splitlines() if line.startswith("[+] POST")):
        raise ScannerFailed(f"wapiti was not signed in, or lost its session; its words: {log}")
    return found


def of_broken(audited, tools, size):
    folder = audited.folder / "wapiti-broken"
    folder.mkdir()
    return findings_of(tools, folder, audited.broken().url, size)


def of_product(audited, tools, size):
    folder = audited.folder / "wapiti-product"
    folder.mkdir()
    web = audited.web("pages")
    return findings_of(tools, folder, web.url, size, Member(web.url).cookie, FEW_STARTS if size == "quick" else STARTS, LEFT_ALONE)
