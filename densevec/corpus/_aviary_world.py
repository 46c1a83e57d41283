"""The aviary's places, sounds, times, events and ideas; the notation is explained in ``_aviary_grammar``."""

PLACES = """
place *7
  say: {who} {use} {the} {when}
  say: {the} {did} {when}
  say: {when} {who} {use} {the}
  say: {who} {use} {the} {with}
  with: on foot, with the children, without a map, for the first time
  who: we, she, he, they, the tourists, the mayor, i
  when: last year, in january, on sunday, before the war, for a week
  use: visited, left, photographed, returned to, described
  adj: lovely, famous, lonely, nearby
  did: looked deserted, was full of tourists, lay in ruins
  country *5
    use: invaded, moved to, governed, toured, emigrated from
    did: joined the united nations, held free elections, won the world cup, closed its borders
    with: with a visa, by treaty, as an exile
    france^ *6 | | | surrendered, sold wine to | exported cheese and perfume, beheaded its rulers
    japan^ *5 | | | exported to, sailed to | built the bullet trains, shook in the earthquake
    brazil^ *4 | | | played against, mapped | cleared the rainforest, danced at carnival
    turkey#country^ *8 | | | holidayed in, sailed to, flew to, fought | spanned the bosphorus
        , shared a border with greece, joined the alliance, held an election in ankara
  city *6
    use: flew to, lived in, moved away from, drove through
    did: grew too fast, lost its power, hosted the games, had bad traffic
    with: by night train, for a conference
    london^ *6 | | | commuted to, landed in | burned in the great fire, stood on the thames
    auckland^ *5 | | | sailed into, landed in | lay between two harbours, stood on old volcanoes
    wellington^ *3 | | | walked around, sailed into | shook in the earthquake, was windy again
    sydney^ *4 | | | surfed in, sailed into | opened its opera house, choked on the smoke
  building *5
    adj: tall, brick, crumbling, historic
    use: designed, entered, locked, restored, burned down
    did: had four floors, had thick walls, stood on the main square, needed a new roof
    with: by the back door, with a master key
    church *6 | stone, gothic | | prayed in, married in | rang its bells, had a steeple
    school *6 | primary, village | | attended, taught at | closed for the holidays, had thirty classrooms
    museum *5 | national, maritime | | toured, worked at | bought a painting, displayed a mummy
    bank#money *10 | savings, central, local, merchant | | robbed, sued, borrowed from, opened an account at
        | refused the loan, charged high interest, lent us the deposit, raised its interest rate
        , failed in the crash
  waterway *3
    adj: shallow, muddy, clear, winding
    use: crossed, swam in, followed, polluted
    did: flooded the lowlands, froze in the cold, dried up in the drought
    with: in a canoe, with a rope
    river *6 | wide, slow | | forded, dammed | burst its levee, flowed into the sea
    canal *5 | narrow, industrial | | dug, cruised on | joined the two seas, carried coal barges
    stream *3 | mountain, clear | | jumped over, drank from | tumbled over boulders, ran past the mill
    lake *5 | deep, frozen | | skated on, rowed across | mirrored the peaks, filled the crater
    spring#water *8 | hot, bubbling, mineral, clear | | drank from, bathed in, tapped, dug out
        | bubbled out of the rock, fed the little brook, flowed with clear water, ran warm in the snow
  slope *3
    adj: steep, grassy, bare, gentle
    use: climbed, slid down, walked up, ploughed
    did: slipped after the rain, was covered with gorse, fell away below us
    with: with a stick, on skis
    hill *6 | round, green | | sledged down, stood on | overlooked the town, hid the sunset
    ridge *4 | narrow, rocky | | traversed, camped on | joined the two peaks, caught the wind
    dune *3 | sandy, shifting | | rolled down, surfed | moved with the wind, hid the sea
    bank#river *10 | muddy, grassy, steep, eroded | | fished from, slid down, sat on, scrambled up
        | eroded in the flood, sloped down to the water, was lined with willows, collapsed into the water
"""

IDEAS = """
sound *5
  say: {who} {use} {the} {at}
  say: {the} {did} {at}
  say: {when} {who} {use} {a}
  say: {at} {who} {use} {a}
  who: we, she, he, they, everybody, the dog owner, i
  when: late at night, all at once, at midnight, then
  use: heard, made, recorded, could hear, ignored
  adj: loud, low, sudden, distant, sharp
  at: in the night, through the wall, down the street, outside
  did: woke the baby, echoed off the walls, made us jump, died away
  bark#noise *8 | angry, gruff, deep, warning | from the kennel, behind the gate, at the postman
      | gave, answered with, let out, understood
      | scared off the burglar, came from the kennel, warned us of strangers
  howl *4 | lonely, mournful | from the wolves, under the full moon | let out, answered with
      | chilled my blood, came from the wolves
  growl *3 | deep, threatening | from the kennel, under his breath | let out, gave
      | meant trouble, warned us of strangers
  whistle *5 | shrill, piercing | from the referee, at the platform | blew, gave
      | stopped the match, started the train
  shout *6 | angry, joyful | from the crowd, across the valley | gave, answered with
      | startled the crowd, came from below
season *4
  say: {when} {who} {use} {the}
  say: {the} {did} {at}
  say: {who} {use} {the} {at}
  who: we, she, he, they, the poets, the villagers
  when: after all, at last, as always
  use: loved, waited for, feared, welcomed, spent
  adj: long, early, late, dry, short
  at: in the south, in the north, that year, at our house
  did: began late, seemed endless, passed too quickly, came early
  spring#season *9 | early, mild, late, fresh | with the lambs, after the thaw, in the orchards, with the blossom
      | longed for, celebrated, greeted, waited for
      | brought the first lambs, melted the last snow, came with blossom
  summer *6 | hot, sunny | at the seaside, in the heatwave | sunbathed through, enjoyed
      | dried up the lawns, burned our shoulders
  autumn *5 | golden, misty | in the woods, at harvest time | raked through, painted
      | turned the leaves red, brought the first storms
  winter *4 | harsh, cold | under the snow, by the fireside | survived, endured | froze the pipes, buried the cars
event *5
  say: {who} {use} {the} {at}
  say: {the} {did} {when}
  say: {when} {who} {use} {a}
  say: {who} {use} {the} {when}
  who: we, she, he, they, the committee, the boss, our club
  when: on thursday, in march, at short notice, at the last minute
  use: attended, cancelled, arranged, missed, postponed
  adj: important, annual, boring, special
  at: in the town hall, at three, at the hotel
  did: lasted two hours, ended in chaos, started late
  date#meeting *9 | blind, romantic, first, dinner
      | at the cinema, with a stranger, at the italian restaurant, by candlelight | went on, agreed to, had, ruined
      | ended with a kiss, began by candlelight, made her blush
  wedding *6 | white, royal | at the registry, in the marquee | planned, officiated at
      | ended with a dance, made her mother cry
  meeting *5 | monthly, urgent | in the boardroom, on the agenda | chaired, adjourned
      | approved the budget, elected a chairman
  concert *5 | open air, charity | at the arena, in the park | performed at, sold out
      | sold out in minutes, raised money
language *4
  say: {who} {use} {the} {at}
  say: {the} {did} {at}
  say: {when} {who} {use} {the}
  who: we, she, he, they, the programmers, the students, i
  when: at university, in a week, from a book
  use: learned, taught, studied, wrote in, preferred
  did: had strange grammar, was easy to learn, went out of use
  at: in the course, at the institute, from a tutorial, on the internet
  python#language^ *9 | | for machine learning, in the terminal, for the web server, in the notebook
      | coded in, scripted in, installed, programmed in
      | had a huge library, ran the web server, threw a syntax error, indented every block
  fortran^ *3 | | on the mainframe, for the weather model | coded in, punched in
      | counted from one, ran on punched cards
  cobol^ *3 | | on the mainframe, for the payroll | coded in, maintained | ran the payroll, ran on punched cards
  latin^ *5 | | at the abbey, in the mass | translated, recited | had six cases, survived in the mass
disease *4
  say: {who} {use} {the} {when}
  say: {the} {did} {at}
  say: {when} {who} {use} {a}
  who: we, she, he, they, the doctor, the patient, the surgeon
  when: in childhood, on holiday, during the outbreak
  use: caught, treated, cured, diagnosed, died of
  adj: severe, infectious, chronic, rare
  did: spread quickly, had no cure, killed thousands, needed an injection
  at: in the slums, at the camp, on the ward
  malaria~ *5 | tropical, recurring | in the swamps, in the tropics | prevented, researched
      | came from mosquitoes, returned every season
  asthma~ *4 | allergic, mild | in the smog, after the sprint | suffered from, managed
      | made him wheeze, needed an inhaler
  flu~ *6 | seasonal, spanish | in the office, in the nursery | came down with, vaccinated against
      | kept us in bed, emptied the office
"""
