r"""Pairs of answers to one question, the same (``==``) or different (``!=``), as people and models write them."""

from __future__ import annotations

PAIRS = r"""
# whole numbers and separators
42 == 42
42 == 42.0
42 == 42.
42 == +42
42 == **42**
42 == $42$
42 == = 42
42 == "42"
042 == 42
42 != 43
42 != -42
-5 == −5
-5 == –5
1234 == 1,234
1234567 == 1,234,567
1234567 == 1.234.567
1234567 == 1 234 567
1234567 == 1'234'567
1234567 == 1’234’567
1234567 == 1_234_567
1234567 == 12,34,567
1,234.5 == 1.234,5
1,234.50 == 1234.5
1,234 != 1.234
12.5 == 12,5
0,125 == 0.125
0,125 != 125
1.234 != 1234
3.14 != 3.15
1e3 == 1000
1.5e-3 == 0.0015
3.2 × 10^5 == 320000
3.2*10^5 == 320,000
3.2 × 10⁵ == 320000
6.02 \times 10^{23} == 6.02e23
6.02e23 != 6.02e22
10^6 == 1000000
about 42 == 42
≈ 3.5 == 3.5
~42 == 42
2 million == 2,000,000
1.5 billion == 1500000000
5k == 5000
1.2.3 != 1.23

# equations: those that hold are their result, those that do not are themselves
46 * 7 = 322 == 322
46 * 7 = 322 == 46*7
(3 + 4) * 5 = 35 == 35
22 / 7 = 3.14 == 3.14
10 / 4 = 2.5 == 2.5
47 * 6 = 322 != 322
47 * 6 = 322 != 46 * 7 = 322
47 * 6 = 322 == 47*6=322
7 * 5 = 36 != 7 * 5 = 37
12 - 5 + 9 = 17 != 17

# words
forty-two == 42
forty two == 42
Forty-Two == 42
one hundred and five == 105
one hundred five == 105
two thousand and twenty-four == 2024
three hundred thousand == 300000
one million two hundred thousand == 1200000
zero == 0
minus seven == -7
twelve == 12
a dozen == 12
two dozen == 24
a hundred == 100
twenty-one point five == 21.5
seventeen != 70
seven != eleven
fifteen != fifty
one hundred != one thousand
thirty != thirteen

# fractions and percent
3/4 == 0.75
3/4 == 6/8
3 / 4 == 3/4
3/4 == three quarters
3/4 == \frac{3}{4}
3/4 == \dfrac{3}{4}
\frac34 == 0.75
½ == 0.5
1½ == 1.5
1 1/2 == 1.5
1 1/2 == 3/2
-1/2 == -0.5
one half == 1/2
two thirds == 2/3
a third == 1/3
one and a half == 1.5
3/4 != 4/3
3/4 == 3 out of 4
3/4 == three out of four
1/4 == 1 in 4
25% == one in four
3 out of 5 == 60%
3 out of 5 != 3 out of 4
one in a million == 1e-6
1/3 != 0.3
1/3 == 0.333
1/3 == 0.3333333
2/3 == 0.6667
1/3 == 33.3%
1/3 != 0.334
3.14159 == 3.1416
3.14159 == 3.142
3.14159 != 3.143
2.5 != 2.54
75% == 0.75
75% == 75 %
75% == 75 percent
75% == 75 per cent
75% == 75\%
75% == seventy-five percent
75% == 3/4
75% == 75
75% != 7.5
75% != 0.0075
12.5% == 1/8
0.5% != 0.05

# length, weight, volume
250 g == 0.25 kg
250 g == 250g
250 g == 250 grams
250 g == 250 gram
250 g == 250
250 g != 0.25
250 g != 25 kg
250 g != 400 g
1 kg == 1000 g
1 t == 1000 kg
1 lb == 453.59237 g
16 oz == 1 pound
5 km == 5000 m
5 km == 5 kilometers
5 km == 5 kilometres
5 km == 5\,\text{km}
5 km == 5 \mathrm{km}
5 km != 5 m
5 km != 5 miles
1 mile == 1.609344 km
100 cm == 1 m
1 m == 1000 mm
5 ft 7 in == 67 inches
6 feet == 2 yards
2 L == 2000 ml
2 L == 2 litres
2 l == 200 cl
1 m^3 == 1000 L
5 m² == 5 m^2
5 m² == 5 square meters
5 m^2 != 5 m
1 ha == 10000 m²
12 sq ft == 12 square feet
5 cubic meters == 5 m³

# speed and other units
72 km/h == 20 m/s
72 km/h == 72 kilometers per hour
72 km/h == 72 kph
60 mph == 60 miles per hour
60 mph != 60 km/h
20 m/s == 20 meters per second
1 kWh == 3.6 MJ
100 W == 0.1 kW
21 °C == 21°C
21 °C == 294.15 K
21 °C == 69.8 °F
21 °C == 21 degrees Celsius
21 °C != 21 °F
45° == 45 degrees
45^\circ == 45°
1 GB == 1000 MB
1 GiB == 1024 MiB
1 GB != 1 GiB
8 bits == 1 byte
2 kHz == 2000 Hz
5 V != 5 W
100 W != 100 kW
1 MB != 1 Mbit
5 kg != 5 lb

# time spans
90 minutes == 1 h 30 min
90 minutes == 1 hour 30 minutes
90 minutes == 1 hour and 30 minutes
90 minutes == 1.5 hours
90 min == one and a half hours
90 min == 5400 s
1 h 30 min == 1h 30min
1 hour == 60 minutes
2 days == 48 hours
1 week == 7 days
1 year == 12 months
1 year != 365 days
half an hour == 30 minutes
90 minutes != 1 h 20 min
3 days, 4 hours == 76 hours
5 minutes != 5 hours
2 h != 2 min
2:30 h != 230 h
1 week != 5 days

# money
$3.40 == 3.40 USD
$3.40 == USD 3.40
$3.40 == $3.4
$3.40 == 3.40 dollars
$3.40 == 340 cents
$3.40 == 3.40
$3.40 == \$3.40
-$5 == -5 dollars
$1,250 == 1250 USD
€1.234,50 == 1234.50 EUR
€5 == 5 euros
5 € == €5
£5 == 5 pounds sterling
£5 != 5 kg
£3 == 300 pence
$5 != €5
$5 != £5
$3.40 != $3.45
$3.33 == $3.3333
$3.33 == $10/3
$2.5 million == $2,500,000
$1.36 per 100 g == $13.60 per kg
$1.36 per 100 g != $1.30 per 100 g
0.85 €/kg == 0.085 € per 100 g

# counted things
42 apples == 42 apples.
42 apples == 42
42 apples == 42 Apples
1 apple == 1 apples
3 red apples == three red apples
42 apples != 42 pears
42 apples != 41 apples
12 eggs == a dozen eggs

# ordinals and ratios
3rd == third
3rd == the third
21st == twenty-first
3rd == 3
2nd != 3rd
3:4 == 6:8
3:4 == 3 to 4
3:4 != 4:3

# dates
2024-03-05 == March 5, 2024
2024-03-05 == 5 March 2024
2024-03-05 == 5th of March 2024
2024-03-05 == Mar 5, 2024
2024-03-05 == March 5th, 2024
2024-03-05 == Tuesday, March 5, 2024
2024-03-05 == 05.03.2024
2024-03-05 == 5.3.2024
2024-03-05 == 03/05/2024
2024-03-05 == 2024/03/05
2024-03-05 == 5. März 2024
2024-03-05 == 5 mars 2024
2024-03-05 == 5 de marzo de 2024
2024-03-05 == 2024年3月5日
2024-03-05 == 5-Mar-2024
2024-03-05 == March 5
2024-03-05 != 2024-05-03
2024-03-05 != March 6, 2024
2024-03-05 != March 5, 2023
25/12/2024 == December 25, 2024
December 25 == 25 December
December 25 == Dec. 25
March 2024 == Mar 2024
March != April
March 5 != March 6
March 5, 2024 != April 5, 2024
05.03.2024 != 05.04.2024
2024-02-30 != March 1, 2024
2024-03-05 14:30 == March 5, 2024 at 2:30 pm
2024-03-05T14:30 == 5 March 2024, 14:30

2024-03-05 == le 5 mars 2024
2024-03-05 == am 5. März 2024
2024-03-05 == el 5 de marzo de 2024
2024-03-05 == il 5 marzo 2024
2024-03-05 == martes, 5 de marzo de 2024
2024-03-05 == 5 de março de 2024
2024-03-05 == 5 maart 2024
2024-03-05 == 5 марта 2024
2024-03-05 == 5 марта 2024 г.
2024-03-05 == 2024년 3월 5일
2024-03-05 == 05-03-2024
2024-03-05 == 3/5/24
1er janvier 2025 == January 1, 2025
août 2024 == August 2024
décembre == December
5 марта 2024 != 5 мая 2024
le 5 mars 2024 != le 5 mai 2024

# times of day and weekdays
half past two == 2:30
quarter past three == 3:15
a quarter to five == 4:45
quarter to five pm == 16:45
twenty past six in the evening == 18:20
ten minutes to five == 4:50
half past two != 2:20
half past twelve == 12:30
quarter to one == 12:45
2:35 pm == 14:35
2:35 pm == 2:35 PM
2:35 pm == 2:35 p.m.
2:35 pm == 2.35 pm
2:35 pm == 2:35pm
2:35 pm == 2:35
2:35 am == 02:35
14:35 == 14:35 Uhr
14:35 == 14h35
14:35 == 14:35:00
2 pm == 14:00
12 pm == noon
12 am == midnight
12:00 == noon
0:00 == midnight
7 o'clock == 7:00
2:35 pm != 2:35 am
2:35 != 14:36
14:35 != 2:35 am
Tuesday == tuesday
Tuesday == Tue
Tuesday == on Tuesday
Tuesday == Tuesday.
Tuesday == Dienstag
Tuesday == mardi
Tuesday != Thursday
Saturday != Sunday
Tuesday != 2
noon != midnight

# choices
B == (B)
B == b
B == B.
B == B)
B == (b)
B == Option B
B == option (B)
B == Choice: B
B == The answer: B
(B) == (B) Paris
(B) == B) Paris
(B) == B. Paris
(B) Paris == B: Paris
(B) Paris == Paris
(B) Paris != (C) Paris
(B) 42 == 42
A != B
(A) != (B)
(A) 42 != (B) 42
(A) 42 != 43

# yes and no
Yes == yes
Yes == Yes.
Yes == Yes, because 7 is prime.
Yes == True
Yes == true
No == False
No == No, it is not.
Yes != No
True != False
Yes, it is. != No, it is not.
No != No one came
Yes == Yes — 221 is 13 times 17.
Yes == Yes, indeed.
Yes == yes indeed
Yes == Yes it is.
Yes == Yes, both of them are.
Yes == Yes (it divides evenly).
Yes == Yes - 7 is prime.
Yes == Yes; it has no other divisors.
Yes == Yes: 3 divides 12.
Yes == Yes since 7 is prime.
Yes == Yes, the statement is true.
Yes == True, since it follows.
Yes == Oui, bien sûr.
Yes == Ja, das stimmt.
Yes == Sí, es primo.
No == No it isn't.
No == No — there is a remainder.
No == No. 221 is 13 times 17.
No == Nein, das ist falsch.
No == Non, ce n'est pas vrai.
No == False. It does not follow.
No != Nothing
No != North
No != No apples
Yes != Yesterday
Yes, it is prime. != No, it is not prime.
Yes, 42 != No, 42

# lists and sets
1, 2, 3 == [1, 2, 3]
1, 2, 3 == (1, 2, 3)
1, 2, 3 == 1,2,3
1, 2, 3 == 1; 2; 3
1, 2, 3 == 1, 2 and 3
1, 2, 3 == 1, 2, and 3
1, 2, 3 == one, two, three
1, 2, 3 != 1, 3, 2
1, 2, 3 != 1, 2
{1, 2, 3} == {3, 2, 1}
{1, 2, 3} == \{1, 2, 3\}
{1, 2, 3} == 3, 2, 1
{1, 2} != {1, 3}
1, 2, 3 != 6
[1, 2, 3] != [1, 2, 3, 4]
3 and -3 == -3 and 3
3 or -3 == -3 or 3
x = 3 or x = -3 == x = -3 or x = 3
["a", "b"] == a, b
["a", "b"] != ["b", "a"]
apples, pears == Apples, Pears
apples, pears and plums == apples, pears, plums
Alice, Bob == Alice, Bob.
Alice, Bob != Bob, Alice
Alice and Bob == Bob and Alice
Alice and Bob != Alice and Carol
(0, 1) != [0, 1]
(0, 1) == 0, 1
(0, 1] != [0, 1)
1/2, 0.25 == 0.5, 1/4
250 g, 1 kg == 0.25 kg, 1000 g

x = 1, y = 2 == y = 2, x = 1
x = 1, y = 2 != x = 2, y = 1
(1, 2) == x = 1, y = 2
(2, 1) != x = 1, y = 2
5 9 12 == 5, 9, 12
5 9 12 != 12 9 5
1. Anna 2. Ben 3. Carl == Anna, Ben, Carl
1) Anna, 2) Ben, 3) Carl == Anna, Ben, Carl
1. Ben 2. Anna != Anna, Ben
Anna, then Ben, then Carl == Anna, Ben, Carl
Anna, Ben and then Carl == Anna, Ben, Carl
Anna, Ben, Carl != Anna, Carl, Ben
{b, a} == {a, b}
{1, 1, 2} == {1, 2}
{1, 2} != {1, 2, 3}
∅ == {}
the empty set == \emptyset
∅ != {0}

# code on one line
def f(x): return x+1 == def f(x): return x + 1
def f(x): return x+1 != def f(x): return x - 1
def f(x): return x*2 != def f(x): return x2
lambda x: x+1 == lambda x: x + 1
lambda x: x+1 != lambda y: y + 2
for i in range(3): print(i) == for i in range(3):  print(i)
`def f(x): return x` == def f(x): return x

# JSON
{"a": 1, "b": 2} == {"b": 2, "a": 1}
{"a": 1} == {"a": 1.0}
{"a": 1} == { "a" : 1 }
{"a": [1, 2]} != {"a": [2, 1]}
{"a": 1} != {"a": "1"}
{"a": 1} != {"a": 2}
{"a": null} != {}
[{"a": 1}] == [{"a":1.0}]

# equations and mathematics
x = 5 == 5
x = 5 == x=5
x = 5 == $x = 5$
x = 5 != x = 6
x = 5 != y = 5
x = 1/2 == x = 0.5
\boxed{42} == 42
\boxed{\frac{1}{2}} == 0.5
\sqrt{8} == 2\sqrt{2}
\sqrt{16} == 4
sqrt(16) == 4
√16 == 4
\sqrt{2} != \sqrt{3}
\frac{1}{\sqrt{2}} == \frac{\sqrt{2}}{2}
x^2 - 1 == (x-1)(x+1)
(x+1)^2 == x^2 + 2x + 1
(x+1)^2 != x^2 + 1
2x + 3 == 3 + 2x
2x + 3 != 2x - 3
\frac{\pi}{4} == π/4
2\pi != \pi
2^{10} == 1024
5! == 120
\log_2 8 == 3
x > 3 == 3 < x
x > 3 != x < 3
(3 + 4) * 5 == 35
(3 + 4) * 5 = 35 == 5 * 7 = 35
(3 + 4) * 5 = 36 != 35
2^3 == 8
\infty == ∞
infinity == ∞
infinity != -∞
y = 2x + 1 == y = 1 + 2x

# words
Paris == paris
Paris == Paris.
Paris == **Paris**
Paris == "Paris"
Paris != London
The Beatles == Beatles
the cat == a cat
São Paulo == Sao Paulo
naïve == naive
New-York == New York
Washington, D.C. == Washington DC
O'Brien == O’Brien
C++ != C#
C++ != C
coffee == Coffee!
the 400 g jar == 400 g jar
the 400 g jar != the 250 g jar
nobody == Nobody
cat != cats are animals
Alice != Alina
up != down
が != か
東京 == 東京
Привет == привет
"""


def pairs() -> list[tuple[str, str, bool]]:
    """Each pair with whether it is the same."""
    found = []
    for line in PAIRS.splitlines():
        if not line or line.startswith("# "):
            continue
        equal = " == " in line
        one, other = line.split(" == " if equal else " != ", 1)
        found.append((one, other, equal))
    return found


def chapters() -> list[tuple[str, str]]:
    """Each heading with its lines."""
    return [(part.split("\n", 1)[0], part.strip()) for part in PAIRS.split("\n# ")[1:]]
