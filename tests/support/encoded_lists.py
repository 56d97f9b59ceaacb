"""Списки покупателей на разных языках: по ним меряется, узнаётся ли кодировка.

Имена и адреса выдуманы.
"""

import random
from collections.abc import Mapping, Sequence

from attrs import frozen


@frozen
class Language:
    """Слова, из которых собираются строки списка.

    Attributes:
        names: имена и фамилии.
        places: адреса.
        encodings: кодировки, в которых такие списки бывают.
        russian: язык по-русски.
    """

    russian: str
    names: Sequence[str]
    places: Sequence[str]
    encodings: Sequence[str]


def _language(russian: str, names: str, places: str, encodings: str) -> Language:
    return Language(russian, names.split(), places.split("; "), encodings.split())


LANGUAGES = {
    "Russian": _language(
        "русский",
        "Иванов Петров Сидоров Кузнецов Смирнов Попов Волков Соколов Лебедев Козлов Новиков Морозов"
        " Семёнов Голубев Виноградов Богданов Воробьёв Фёдоров Михайлов Беляев Тарасов Комаров"
        " Киселёв Макаров Ковалёв Ильин Гусев Кузьмин Кудрявцев Щукин Шапошникова Цветаева Жукова"
        " Эйхенбаум Юрьева Хрущёва Анна Мария Елена Ольга Наталья Татьяна Ирина Екатерина Юлия"
        " Пётр Сергей Дмитрий Алексей Андрей Михаил Николай Владимир Жанна Эдуард Яна Хасан",
        "Москва, ул. Ленина; Орск, ул. Молодёжная; Тверь, пр. Чайковского; Невский пр.; Горького",
        "cp1251 cp866 koi8-r mac-cyrillic iso8859-5",
    ),
    "Ukrainian": _language(
        "украинский",
        "Шевченко Коваленко Бондаренко Ткаченко Кравченко Олійник Коваль Поліщук Лисенко Мельник"
        " Гончаренко Руденко Савченко Левченко Василенко Ґжицький Їжакевич Єфименко Олександр"
        " Сергій Андрій Дмитро Юрій Наталія Оксана Ірина Людмила Євген Їван Надія",
        "Київ, вул. Хрещатик; Львів, вул. Зелена; Харків, вул. Сумська; Чернівці; площа Ринок",
        "cp1251 koi8-u",
    ),
    "Kazakh": _language(
        "казахский",
        "Құрманғазы Әбдіров Нұрланұлы Қасымов Сейітқали Жақсыбеков Өтеғалиев Үсенов Тәжібаева"
        " Ыбырай Мұхамеджан Ибраһим Досмағамбет Бекқожа Айгүл Нұрсұлтан Ерлан Гүлнар Әлия Қайрат",
        "Қазақстан, Алматы, Абай даңғылы; Шымкент, Тәуке хан даңғылы; Өскемен; Қарағанды",
        "kz1048",
    ),
    "German": _language(
        "немецкий",
        "Müller Schäfer Krüger Böhm Weiß Groß Jäger Köhler Günther Schröder König Größmann Schmidt"
        " Meier Fischer Jürgen Jörg Günter Käthe Björn Sören Anna Peter Zoë",
        "München, Königstraße; Köln, Größe Straße; Düsseldorf, Allee; Österreich, Wien",
        "cp1252",
    ),
    "French": _language(
        "французский",
        "Lefèvre Béranger François Gérard Hélène Crépin Noël Châtelain Benoît Dupré Garçon Lemaître"
        " Cœur Durand Petit René Élodie Zoé Thérèse Jérôme Chloé Éric Marie Anaïs Loïc",
        "Orléans, rue de la Forêt; Besançon, allée des Chênes; Évry, place de l'Église; côté Nord",
        "cp1252",
    ),
    "Greek": _language(
        "греческий",
        "Παπαδόπουλος Βλάχος Αγγελόπουλος Νικολαΐδης Γεωργίου Οικονόμου Δημητρίου Χατζής Μακρής"
        " Καραγιάννης Ψαρράς Ξενάκης Γιώργος Μαρία Ελένη Νίκος Κωνσταντίνος Σοφία Άννα Χρήστος",
        "Αθήνα, οδός Ερμού; Θεσσαλονίκη, Τσιμισκή; Πάτρα, Κορίνθου; Ηράκλειο, Λεωφόρος",
        "cp1253",
    ),
    "Hebrew": _language(
        "иврит",
        "אבי דוד משה שרה רחל יוסף כהן לוי מזרחי פרץ ביטון אברהם יצחק יעקב דניאל מיכל נועה תמר אורי"
        " איתן גולן שמעון ליאור שירה הדר אייל חנה מרים אסתר רבקה חיים אריה אלון נדב שלמה בנימין"
        " ראובן פרידמן גולדברג שפירא רוזנברג אזולאי חדד אוחיון",
        "תל אביב, רחוב הרצל; ירושלים; חיפה, שדרות הנשיא; באר שבע; נתניה; רמת גן",
        "cp1255 cp862",
    ),
    "Arabic": _language(
        "арабский",
        "محمد علي أحمد حسن فاطمة خديجة عمر يوسف إبراهيم خالد سعيد مريم ليلى نور محمود مصطفى سارة"
        " عائشة حسين كريم طارق رشيد سليمان",
        "القاهرة, شارع التحرير; دبي; الرياض, طريق الملك فهد; بيروت",
        "cp1256 iso8859-6",
    ),
    "Polish": _language(
        "польский",
        "Wójcik Kamiński Dąbrowski Zieliński Szymański Woźniak Jabłoński Wróbel Gąsior Zając Piątek"
        " Błaszczyk Kościelny Źdźbło Żak Świątek Ćwikła Łukasz Michał Paweł Małgorzata Elżbieta"
        " Nowak Jan Anna Grażyna Józef Stanisław Bożena Agnieszka",
        "Łódź, ul. Świętokrzyska; Kraków, Długa; Gdańsk, ul. Chełmońskiego; Białystok; Rzeszów",
        "cp1250 iso8859-2 cp852",
    ),
    "Czech": _language(
        "чешский",
        "Novák Svoboda Dvořák Černý Procházka Kučera Veselý Horák Němec Pokorný Růžička Beneš Fiala"
        " Sedláček Doležal Křížek Šťastný Žižka Jiří Tomáš Zdeněk Ondřej Věra Lukáš Kateřina Lenka"
        " Marie Božena František Ďurica",
        "Praha, Václavské náměstí; Plzeň, U Mlýna; Ústí nad Labem; České Budějovice; Brno, Údolní",
        "cp1250 iso8859-2",
    ),
    "Hungarian": _language(
        "венгерский",
        "Nagy Kovács Tóth Szabó Horváth Varga Kiss Molnár Németh Farkas Papp Takács Juhász Mészáros"
        " Győri Szűcs Fülöp Kőműves Gergő László István József Ágnes Erzsébet Jenő Zsófia Lőrinc"
        " Ödön Ildikó Hajnalka",
        "Győr, Kőszegi út; Budapest, Rákóczi út; Szeged, Tisza körút; Pécs, Fő tér; Érd; Eger",
        "cp1250 iso8859-2",
    ),
    "Croatian": _language(
        "хорватский",
        "Horvat Kovačević Babić Marić Jurić Novak Kovačić Knežević Vuković Marković Petrović Matić"
        " Tomić Živković Šarić Đurić Božić Perković Žužul Anđelka Željko Siniša Đorđe Ana Marija"
        " Ivan Lovro Krešimir Nikša",
        "Šibenik, Ulica lipa; Čakovec, Šetalište; Zagreb, Ilica; Poreč, Žbandaj; Karlovac",
        "cp1250 iso8859-2",
    ),
    "Lithuanian": _language(
        "литовский",
        "Kazlauskas Petrauskas Jankauskas Žukauskas Stankevičius Vasiliauskas Šimkūnas Paulauskienė"
        " Urbonavičiūtė Navickaitė Ramanauskienė Čepulis Žydrūnas Ąžuolas Rūta Eglė Jūratė Gintarė"
        " Šarūnas Vytautas Kęstutis Mindaugas Žilvinas Jonas",
        "Vilnius, Gedimino prospektas; Šiauliai, Ąžuolų gatvė; Panevėžys; Kaunas, Laisvės alėja",
        "cp1257",
    ),
    "Latvian": _language(
        "латышский",
        "Bērziņš Kalniņš Ozoliņš Jansons Krūmiņš Liepiņa Kļaviņš Pētersone Šķēle Zariņš Āboliņš"
        " Ģirts Jānis Andris Līga Kristīne Ķirsis Ņikita Žanis Inese Mārtiņš Edgars Anna Ēriks",
        "Rīga, Brīvības iela; Liepāja, Lielā iela; Jūrmala; Rēzekne; Daugavpils, Viļņas iela",
        "cp1257",
    ),
    "Romanian": _language(
        "румынский",
        "Popescu Ionescu Stănescu Ţepeş Şerban Bălan Dumitraşcu Crăciun Mureşan Câmpeanu Vîlcu"
        " Gheorghe Mihăiţă Ştefan Mădălina Ana Ileana Cătălin Rareş Ioana Niţă Constanţa",
        "Bucureşti, Strada Lungă; Braşov, Piaţa Sfatului; Timişoara; Galaţi; Târgu Mureş",
        "cp1250",
    ),
    "Turkish": _language(
        "турецкий",
        "Yılmaz Kaya Demir Çelik Şahin Yıldız Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin"
        " Koç Kurt Özkan Şimşek Ayşe Fatma Güneş İbrahim Hüseyin Gülşen Tuğba Işık Ömer Çağrı",
        "İzmir, Gül Sokağı; İstanbul, Bağdat Caddesi; Eskişehir; Muğla, Atatürk Bulvarı; Çanakkale",
        "cp1254 cp857",
    ),
    "Serbian": _language(
        "сербский",
        "Јовановић Петровић Николић Марковић Ђорђевић Стојановић Илић Станковић Павловић Милошевић"
        " Живковић Љубичић Његош Ћирић Џаковић Ђорђе Милица Јелена Драган Никола Љиљана Његомир",
        "Београд, Кнеза Милоша; Ниш, Његошева; Нови Сад, Футошка; Крагујевац; Чачак",
        "cp1251",
    ),
    "Bulgarian": _language(
        "болгарский",
        "Иванов Георгиев Димитров Петров Николов Христов Стоянов Тодоров Илиев Ангелов Василев"
        " Йорданов Първанов Въжаров Щерев Мария Иванка Елена Йорданка Росица Цветан Кънчо Живко",
        "София, бул. Витоша; Пловдив, ул. Гладстон; Варна; Бургас, кв. Изгрев; Стара Загора",
        "cp1251",
    ),
    "Belarusian": _language(
        "белорусский",
        "Уладзімір Аляксандр Сяргей Дзмітрый Міхаіл Аляксей Наталля Вольга Таццяна Ганна Іна"
        " Кавалёў Ёлкін Янкоўскі Бязмен Іваноў Казлоў Шэўчык Дзядзюля Жукоўская Каўчур Цімашэнка",
        "Мінск, вул. Якуба Коласа; Гродна, вул. Сацыялістычная; Брэст; Магілёў; Віцебск",
        "cp1251",
    ),
    "Swedish": _language(
        "шведский",
        "Andersson Åkesson Öberg Björk Lindström Sjöberg Håkansson Wallén Årling Ljungström Nyström"
        " Göran Åsa Märta Björn Sören Anna Östen Pär Lena Erik Malmö",
        "Göteborg, Östra Hamngatan; Malmö, Södra Förstadsgatan; Västerås; Luleå; Örebro",
        "cp1252",
    ),
    "Portuguese": _language(
        "португальский",
        "João Conceição Gonçalves Antônio Araújo Simões Magalhães Guimarães Lourenço Moisés Inês"
        " Vitória Luís Patrícia Cláudio Silva Ângela Fabrício Márcia Souza Mônica Leão Muñoz",
        "São Paulo, Rua da Consolação; Brasília; Olinda, Praça do Carmo; Belém; Évora",
        "cp1252",
    ),
}
"""Языки, на которых меряется, узнаётся ли кодировка."""

LISTS: Mapping[int, int] = {3: 50, 30: 5, 300: 2}
"""Строк в списке и сколько таких списков."""


def encoded_list(
    language: Language, encoding: str, rows: int, *, caps: bool, number: int = 0
) -> list[bytes]:
    """Строит строки списка в кодировке; знак, которого в ней нет, становится вопросительным.

    Args:
        language: на каком языке.
        encoding: в какой кодировке.
        rows: сколько строк.
        caps: прописными.
        number: который по счёту список: у каждого строки свои.
    """
    chance = random.Random(rows + 1000 * number)  # noqa: S311 — не тайна, а повторимость
    lines = [
        f"{chance.choice(language.names)} {chance.choice(language.names)},u{number}@example.com,33,"
        f"{chance.choice(language.places)} {number},+7921\n"
        for number in range(rows)
    ]
    return [(line.upper() if caps else line).encode(encoding, "replace") for line in lines]
