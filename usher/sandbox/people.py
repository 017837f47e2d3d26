"""Who is in the demo's directory: sixty people as directories really hold them, in five groups. Fixed, not random.

Accents, names of several words, apostrophes, commas, scripts that run from right to left, people without an
employee ID or without a group, plus-addresses, an address that differs from the username, a username that is no
e-mail address, people who have not started yet and people who are suspended.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

COLUMNS = ("username", "email", "firstname", "lastname", "displayname", "employeeIdentifier", "state", "groups")

_GROUPS = {"A": "All Staff", "S": "Sales", "E": "Engineering", "C": "Customer Success", "P": "People & Culture"}

# username | e-mail ("=": the same) | first name | last name | display name ("=": both) | employee ID | state | groups, by their letters
_TABLE = """
amelie.lefevre@example.com|=|Amélie|Lefèvre|=|E-1001||AS
bjorn.astrom@example.com|=|Björn|Åström|=|E-1002||AS
chidi.okonkwo@example.com|=|Chidi|Okonkwo|=|E-1003||AS
dara.osullivan@example.com|=|Dara|O'Sullivan|=|E-1004||AS
elena.garcia.marquez@example.com|=|Elena|García Márquez|=|E-1005||AS
farid.haddad@example.com|=|فريد|حداد|فريد حداد|E-1006||AS
grace.liu@example.com|grace.liu+calendar@example.com|Grace|Liu|=|E-1007||AS
hanna.zielinska@example.com|=|Hanna|Zielińska|=|||AS
ingrid.van.der.meer@example.com|=|Ingrid|van der Meer|=|E-1009||AS
jose.maria.de.la.cruz@example.com|=|José María|de la Cruz|=|E-1010||AS
kenji.sato@example.com|=|健二|佐藤|佐藤 健二|E-1011||AS
lars.moller@example.com|=|Lars|Møller|=|E-1012|SUSPENDED|AS
maya.cohen@example.com|=|מאיה|כהן|מאיה כהן|E-1013||AS
nuno.goncalves@example.com|=|Nuno|Gonçalves|=|E-1014|STAGED|AS
oisin.mac.giolla@example.com|=|Oisín|Mac Giolla Phádraig|=|E-1015||AS
priya.raghunathan@example.com|=|Priya|Raghunathan|=|E-2001||AE
quang.nguyen@example.com|=|Quang|Nguyễn|Nguyễn Văn Quang|E-2002||AE
rasmus.soderstrom@example.com|=|Rasmus|Söderström|=|E-2003||AE
sofia.d.angelo@example.com|=|Sofia|D'Angelo|=|E-2004||AE
tomasz.wojcik@example.com|=|Tomasz|Wójcik|=|E-2005||AE
umit.yildirim@example.com|=|Ümit|Yıldırım|=|E-2006||AE
valentina.rossi@example.com|valentina.bianchi@example.com|Valentina|Bianchi|=|E-2007||AE
wei.zhang@example.com|=|伟|张|张伟|E-2008||AE
xenia.papadopoulou@example.com|=|Ξένια|Παπαδοπούλου|=|E-2009||AE
yuki.tanaka@example.com|=|雪|田中|田中 雪|||AE
zdenek.dvorak@example.com|=|Zdeněk|Dvořák|=|E-2011||AE
anais.dubois-martin@example.com|=|Anaïs|Dubois-Martin|=|E-2012||AE
bogdan.ionescu@example.com|=|Bogdan|Ionescu|=|E-2013|SUSPENDED|AE
chloe.nakamura-jones@example.com|=|Chloë|Nakamura-Jones|=|E-2014||AE
dmytro.shevchenko@example.com|=|Дмитро|Шевченко|=|E-2015||AE
build-bot|platform-team@example.com|Build|Robot|Build Robot|||E
aoife.ni.bhriain@example.com|=|Aoife|Ní Bhriain|=|E-3001||AC
benjamin.clarke@example.com|=|Benjamin|Clarke|Benjamin Clarke, Jr.|E-3002||AC
camila.ferreira.dos.santos@example.com|=|Camila|Ferreira dos Santos|=|E-3003||AC
david.kim@example.com|david.kim+seoul@example.com|도윤|김|김도윤|E-3004||AC
eszter.kovacs@example.com|=|Eszter|Kovács|Kovács Eszter|E-3005||AC
fatima.al-zahra@example.com|=|فاطمة|الزهراء|فاطمة الزهراء|E-3006||AC
gudrun.jonsdottir@example.com|=|Guðrún|Jónsdóttir|=|E-3007||AC
hamish.macleod@example.com|=|Hamish|MacLeod|=|E-3008||AC
isla.fraser@example.com|=|Isla|Fraser|=||STAGED|AC
joao.pedro.araujo@example.com|=|João Pedro|Araújo|=|E-3010||AC
keala.kahananui@example.com|=|Keala|Kahānanui|=|E-3011||AC
lucia.fernandez@example.com|=|Lucía|Fernández|=|E-3012||ACS
madonna@example.com|=|Madonna||Madonna|E-3013||AC
nora.o.brien-lund@example.com|=|Nora|O’Brien-Lund|=|E-4001||AP
olu.adeyemi@example.com|=|Olúwafẹ́mi|Adéyẹmí|=|E-4002||AP
petra.novakova@example.com|=|Petra|Nováková|=|E-4003||AP
rene.muller@example.com|=|René|Müller|René Müller 🎧|E-4004||AP
sanne.t.hart@example.com|=|Sanne|'t Hart|=|E-4005||AP
thandi.nkosi@example.com|=|Thandi|Nkosi|=|E-4006||AP
ulrike.gross@example.com|=|Ulrike|Groß|=|E-4007||AP
viktor.orlov@example.com|=|Виктор|Орлов|=|E-4008|STAGED|AP
william.smith@example.com|=|William|Smith|=|E-4009||A
wilhelmina.schmidt@example.com|=|Wilhelmina Theodora|Schmidt von und zu Hohenlinden-Waldburg|=|E-4010||A
ximena.quispe@example.com|=|Ximena|Quispe Mamani|=|E-4011||A
yaw.mensah@example.com|=|Yaw|Mensah|=|E-4012||A
zoe.contractor@example.org|=|Zoë|Peeters|=|||S
arjun.contractor@example.org|=|Arjun|Mehta|=|||E
marguerite.retired@example.org|=|Marguerite|Blanc|=|E-0007|SUSPENDED|
visiting.auditor@example.org|=|Samira|El Idrissi|=||STAGED|
"""


@dataclass(frozen=True)
class Person:
    """One person of the demo, in the fields of an import file. `groups` are names."""

    username: str
    email: str
    firstname: str
    lastname: str
    displayname: str
    employee_identifier: str
    state: str
    groups: tuple[str, ...]


def people() -> tuple[Person, ...]:
    """All sixty, in the order of the table."""
    return tuple(_person(line.split("|")) for line in _TABLE.strip().splitlines())


def groups() -> tuple[str, ...]:
    """The five groups."""
    return tuple(_GROUPS.values())


def import_file() -> str:
    """The people as an import file of `usher users import` (CSV, UTF-8, header row)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in people():
        writer.writerow(
            (each.username, each.email, each.firstname, each.lastname, each.displayname, each.employee_identifier, each.state, ";".join(each.groups))
        )
    return text.getvalue()


def _person(fields: list[str]) -> Person:
    username, email, first, last, shown, number, state, letters = fields
    return Person(
        username=username,
        email=username if email == "=" else email,
        firstname=first,
        lastname=last,
        displayname=f"{first} {last}".strip() if shown == "=" else shown,
        employee_identifier=number,
        state=state or "ACTIVATED",
        groups=tuple(_GROUPS[letter] for letter in letters),
    )
