"""The aviary's things, plants and materials; the notation is explained in ``_aviary_grammar``."""

THINGS = """
thing *8
  say: {who} {use} {the} {at}
  say: {the} {did} {at}
  say: {when} {who} {use} {a}
  say: {who} {use} {the} {when}
  say: {at} {who} {use} {a}
  who: we, she, he, they, i, somebody, my sister
  when: this morning, on friday, in the end, by mistake, once again
  use: bought, found, wanted, paid for, showed me
  adj: new, cheap, old, perfect, ordinary
  at: in the shop, at home, in the corner, on the floor
  did: was too expensive, lay where we left it, came in the post
  food~ *8
    adj: fresh, tasty, delicious, frozen
    use: ate, cooked, tasted, served, shared
    at: for lunch, on the plate, in the kitchen, on the menu
    did: tasted of nothing, smelled very good, went bad in the heat
    when: at noon, for supper, after school
    fruit *7
      say: {who} ate {a} with {cream}
      say: {who} squeezed {the} into a glass
      cream: yoghurt, cream, honey, ice cream
      adj: ripe, sweet, juicy, unripe
      use: peeled, picked, sliced, bit into
      at: in the bowl, in the orchard, at the market stall, in the salad, with yoghurt
      did: ripened in the sun, fell off the branch, grew on the south slope
      apple *6 | crisp, red, green | in the pie, under the nets | cored, polished, baked
          | rolled under the bed, crunched between my teeth
      pear *4 | soft, green | in the poacher, with walnuts | poached, halved | bruised in the box, ripened on the sill
      mango *5 | tropical, golden | in the chutney, in the lassi | pickled, diced
          | stained my sleeve, arrived from india
      banana *6 | yellow, bent | in the milkshake, in the lunch box | mashed, unpeeled
          | turned black overnight, came in a bunch
      plum *3 | purple, sour | in the jam, in the pudding | stewed, stoned | dropped in the wind, hung over the fence
      kiwi#fruit *11 | ripe, green, hairy, sliced, golden
          | with yoghurt, in the salad, on the pavlova, in the smoothie, with a spoon
          | peeled, sliced, halved, scooped out, ate
          | ripened on the vine, tasted sharp and sweet, went into the smoothie
      date#fruit *8 | sticky, dried, stuffed, brown | with almonds, in the oasis, after the fast, in the pudding
          | stoned, stuffed, chopped, ate | dried in the sun, grew on the palm, broke the fast
      berry *4
        adj: wild, frozen
        use: crushed, gathered
        at: on the cheesecake, in the pancake mix
        did: stained our fingers
        strawberry *6 | red, sliced | at wimbledon, in the field | hulled, dipped
            | grew under the nets, tasted of summer
        raspberry *4 | soft, pink | on the cane, in the trifle | picked over, crushed
            | grew along the wire, fell apart in the cream
        blueberry *3 | frozen, blue | in the pancake mix, in the pancakes | sprinkled, froze
            | burst in the oven, grew on acid soil
    vegetable *5
      adj: raw, boiled, organic, leafy
      use: chopped, grew, boiled, planted, dug up
      at: in the soup, in the stew, in the garden bed, in the wok
      did: grew in rich soil, rotted in the ground, needed more water
      carrot *5 | orange, grated | in the coleslaw, with hummus | grated, scrubbed
          | grew straight and long, went to the donkey
      potato *6 | mashed, baked | in foil, under the gravy | mashed, roasted
          | went into the fryer, sprouted in the sack
      onion *4 | red, fried | in the pan, on the burger | fried, diced | made me cry, sizzled in the pan
      pumpkin *5 | carved, orange | at halloween, in the pie | carved, hollowed out
          | glowed at halloween, turned into a coach
    cheese~ *5
      adj: mature, creamy, salty
      use: grated, melted, wrapped
      at: on the cracker, in the sandwich, on the cheeseboard
      did: matured in the cellar, melted on the toast
      cheddar~ *4 | sharp, grated | on the toast, in the ploughman | grated, sliced
          | matured in the cave, melted on the burger
      feta~ *3 | crumbled, greek | with olives, in the pastry | crumbled, brined
          | soaked in the brine, crumbled over the olives
    cake *5
      adj: iced, sticky, homemade
      use: baked, iced, decorated, cut
      at: in the oven, on the trolley, for the guests
      did: rose in the oven, sank in the middle, had ten candles
      muffin *5 | bran, warm | in the paper case, at the bakery counter | buttered, reheated
          | rose over the tin, came with butter
      scone *4 | plain, buttered | with jam, at the bake sale | buttered, split
          | came with clotted cream, burned at the edges
    bread~ *6
      adj: stale, sliced, sourdough
      use: toasted, buttered, baked, broke
      at: in the basket, in the toaster, from the bakery
      did: rose overnight, went mouldy in the bag
      baguette *4 | french, crusty | under her arm, from paris | tore, filled
          | stuck out of the bag, went hard by noon
      bagel *5 | toasted, sesame | with lox, at the deli | toasted, boiled | had a hole in it, came with lox
  drink *6
    adj: cold, hot, strong, free
    use: drank, poured, sipped, ordered, spilled
    at: at the bar, in a tall glass, with ice, on the tray
    did: went straight to his head, quenched my thirst, spilled on the carpet
    coffee~ *6 | black, roasted, instant | in the espresso cup, at the cafe | ground, brewed
        | kept me awake, dripped through the filter
    tea~ *5 | milky, herbal, green | in the pot, with scones | brewed, stirred
        | brewed in the pot, went cold in the cup
    wine~ *6 | red, sparkling, chilled | in the cellar, at the vineyard | uncorked, decanted
        | aged in oak, tasted of cork
    beer~ *5 | draught, flat, chilled | in the pub, from the keg | brewed, guzzled
        | foamed over the rim, came from the keg
    milk~ *4 | skimmed, powdered | in the churn, from the dairy | boiled, skimmed | turned sour, boiled over
  vehicle *6
    adj: fast, stolen, electric, hired
    use: drove, parked, rented, repaired, overtook
    at: on the motorway, at the depot, at the crossing, on the road
    did: ran out of fuel, broke down again, stopped at the lights, crashed into a wall
    who: the driver, the tourist, the thief
    car *6
      adj: parked, rusty
      use: washed, locked
      at: in the garage, at the petrol station
      did: failed its inspection, skidded on the ice
      taxi *5 | yellow, waiting | outside the station, at the rank | hailed, shared
          | waited at the rank, charged us double
      sedan *3 | silver, german | in the drive, in the showroom | leased, reversed
          | seated five adults, purred along the avenue
      jaguar#car *8 | vintage, british, gleaming, green
          | at the motor show, in the showroom, on the racing circuit, in the garage
          | polished, raced, restored, drove | won at le mans, roared round the circuit, leaked oil on the drive
    bus *6 | late, crowded | at the stop, in the rush hour | caught, missed | came every hour, broke the school run
    tractor *4 | muddy, green | in the field, in the shed | greased, towed | pulled the plough, got stuck in mud
    bicycle *5 | racing, folding | on the cycle path, against the railings | pedalled, rode
        | had a flat tyre, leaned on the railings
    boat *6
      adj: leaking, wooden
      use: sailed, moored, steered, launched
      at: in the marina, on the lake, at the jetty
      did: sank in the storm, drifted with the tide
      who: the captain
      ferry *6 | crowded, overnight | in the strait, at the terminal | boarded, missed
          | crossed the strait, docked at the terminal
      yacht *4 | luxury, racing | in the regatta, at monaco | skippered, raced | won the regatta, heeled over hard
    aircraft *4
      adj: military, grounded, light
      use: flew, landed, piloted, boarded
      at: on the runway, in the hangar, at ten thousand feet
      did: landed without wheels, took off on time, disappeared from the radar
      who: the pilot
      glider *3 | silent, white | in the thermals, on the tow line | launched, towed
          | rose in the thermals, landed in a field
      helicopter *5 | rescue, noisy | on the hospital pad, over the wreck | hovered, winched from
          | hovered over the wreck, lifted off the pad
  machine *4
    adj: noisy, automatic, greasy
    use: switched on, operated, oiled, serviced
    at: in the basement, on the building site, behind the screen
    did: stopped with a bang, needed a new belt, hummed all night
    who: the operator, the engineer
    crane#machine *9 | tall, steel, rusty, hydraulic
        | on the building site, over the dock, above the tower block, at the port
        | operated, erected, climbed, hired
        | lifted the steel beam, swung the concrete over, lowered the cargo, collapsed onto the site
    bulldozer *4 | yellow, tracked | on the building site, at the quarry | drove, hired
        | flattened the house, pushed the rubble aside
    excavator *3 | yellow, hydraulic | in the trench, on the building site | hired, operated
        | dug the trench, loaded the dump truck
    turbine *4 | steam, spinning | at the power station, below the dam | inspected, rebuilt
        | spun in the wind, fed the grid
  tool *4
    adj: sharp, blunt, handy, borrowed
    use: sharpened, borrowed, dropped, put away, reached for
    at: in the toolbox, on the workbench, at the hardware store, in the shed
    did: slipped out of my hand, hung on its hook, rusted in the rain
    hammer *6 | heavy, claw | on the nail, at the forge | swung, hit with | drove in the nail, bent the nail
    chisel *3 | wood, sharp | on the whetstone, in the dovetail | honed, tapped | carved the joint, chipped the marble
    spanner *5 | adjustable, greasy | under the bonnet, in the works | turned, lent me
        | loosened the nut, fitted the nut
    axe *5 | stone, heavy | at the woodpile, in the stump | swung, buried | split the log, stuck in the stump
  instrument *4
    adj: musical, antique, expensive
    use: played, tuned, practised, learned
    at: in the orchestra, on the stage, in its case, at the music shop
    did: sounded out of tune, filled the hall, needed tuning again
    who: the soloist, my teacher
    violin *6 | italian, fiddled | in the quartet, under her chin | bowed, restrung
        | sang in the upper octave, sold at auction
    guitar *6 | acoustic, electric | by the campfire, in the band | strummed, plucked
        | buzzed on one fret, broke a string
    piano *5 | grand, upright | in the parlour, in the saloon | tinkled, accompanied on
        | had ivory keys, stood in the parlour
    drum *4 | bass, snare | in the parade, in the band | beat, banged | kept the rhythm, thundered in the parade
  furniture~ *3
    adj: wooden, comfortable, polished
    use: dusted, moved, sat on, assembled
    at: in the living room, by the window, in the attic, against the wall
    did: creaked in the night, gathered dust, came in a flat box
    chair *6 | folding, dining | at the head, on the porch | pulled up, folded
        | rocked on the porch, wobbled on three legs
    table *6 | oak, round | in the dining room, under the cloth | laid, cleared
        | seated twelve guests, wobbled on the tiles
    sofa *5 | leather, saggy | in front of us, under a blanket | slept on, reupholstered
        | sagged in the middle, folded into a bed
  clothing~ *3
    adj: warm, cotton, torn, fashionable
    use: wore, ironed, washed, tried on
    at: in the suitcase, on the clothes line, in the laundry, at the sale
    did: shrank in the wash, was out of fashion, hung on the line
    coat *6 | woollen, winter | on the hook, over her arm | buttoned, took off | had deep pockets, kept out the wind
    shirt *5 | white, striped | under the jacket, on the hanger | ironed, tucked in
        | lost a button, had a stiff collar
    dress *5 | wedding, sleeveless | at the ball, in the fitting room | hemmed, zipped up
        | swept the floor, had lace sleeves
  equipment~ *3
    adj: sports, spare, approved
    use: packed, carried, tested, put on
    at: in the sports bag, in the changing room, at the club
    did: passed the safety test, got left behind, belonged to the club
    bat#club *9 | cricket, wooden, willow, baseball | at the crease, in the nets, in the batting cage, at the wicket
        | swung, oiled, gripped, raised | hit the ball for six, cracked on the first ball, hung on the pavilion wall
    racket *5 | tennis, strung | on centre court, at the net | swung, smashed | hit the ball long, lost a string
    helmet *4 | hard, padded | in the pits, at the crease | strapped on, buckled | saved his life, cracked on the road
  container *3
    adj: empty, full, sealed, leaky
    use: filled, emptied, carried, labelled
    at: in the cupboard, in the warehouse, on the top shelf, under the tap
    did: leaked all over, held six litres, lost its lid
    pitcher#jug *8 | glass, earthenware, chipped, brimming
        | of iced water, on the washstand, at the well, under the tap | filled, poured from, rinsed, smashed
        | cracked along the handle, overflowed at the well, held iced water
    bottle *6 | green, plastic | of perfume, on the beach | uncorked, recycled | floated ashore, smashed on the tiles
    bucket *4 | tin, leaky | at the well, with a mop | tipped out, lowered | caught the drips, went down the well
    barrel *3 | oak, wooden | of rum, in the cellar | tapped, rolled | rolled down the ramp, aged the whisky
  device *4
    adj: wireless, broken, smart, charged
    use: plugged in, switched off, upgraded, charged
    at: on the desk, at the office, by the router, in the drawer
    did: crashed without warning, needed a password, ran out of battery
    who: the student, the secretary
    mouse#device *9 | wireless, optical, ergonomic, cordless
        | on the mat, beside the screen, in the usb port, next to the screen | clicked, dragged, moved, plugged in
        | moved the cursor, needed a new battery, scrolled too fast
    keyboard *5 | wireless, mechanical | in front of us, beside the screen | typed on, cleaned
        | had a sticky key, clicked too loudly
    laptop *6 | slim, silver | on her lap, in the lecture | opened, rebooted | overheated on her lap, ran the program
    printer *4 | laser, jammed | in the copy room, on the network | refilled, unjammed
        | ran out of ink, jammed on page two
    phone *6 | mobile, cracked | in her pocket, on silent | answered, silenced
        | rang in the cinema, buzzed in her pocket
  document *4
    adj: official, signed, confidential
    use: signed, read, copied, filed, drafted
    at: at the notary, in the archive, in the drawer
    did: arrived by courier, proved the claim, ran to ten pages
    who: the lawyer, the clerk
    seal#mark *8 | wax, royal, official, unbroken | on the envelope, on the treaty, at the notary, in red wax
        | broke, stamped, pressed, affixed | closed the envelope, bore the royal arms, cracked on the envelope
    letter *6 | love, sealed | in the envelope, in the mailbag | posted, opened
        | arrived by airmail, began with my name
    passport *4 | expired, stamped | at the border, at customs | renewed, stamped | had a bad photo, expired in june
  part *3
    adj: worn, spare, broken, metal
    use: replaced, fitted, bent, greased
    at: in the engine, inside the clock, in the mechanism, at the factory
    did: snapped under load, wore out early, came loose again
    spring#coil *8 | coiled, steel, rusty, metal
        | inside the mattress, in the suspension, inside the clock, in the trap
        | stretched, compressed, wound, replaced
        | snapped inside the clock, uncoiled with a twang, pushed the catch back
    lever *4 | long, steel | in the signal box, beside the brake | pulled, pushed | opened the valve, jammed halfway
    gear *5 | toothed, low | in the gearbox, on the hill | changed, shifted | meshed with another, lost two teeth
  money~ *5
    adj: foreign, borrowed, counterfeit
    use: saved, spent, changed, earned, owed
    at: at the counter, in the purse, on the exchange, at the casino
    did: lost its value, bought nothing here, fell on the exchange
    dollar *6 | american, strong | in the tip jar, on wall street | tipped, bet | fell against gold, bought a hot dog
    euro *5 | german, common | in frankfurt, in the debt crisis | issued, abandoned
        | replaced the old notes, rose in frankfurt
    pound *4 | british, sterling | at the racecourse, on the horses | bet, pocketed
        | fell after the vote, bore her portrait
"""

PLANTS = """
plant *6
  say: {who} {use} {the} {at}
  say: {the} {did} {at}
  say: {when} {who} {use} {a}
  say: {who} {use} {the} {when}
  who: we, she, he, they, the gardener, the botanist
  when: in may, last autumn, before the frost, every year
  use: planted, watered, admired, cut down, grew
  adj: native, rare, dying, healthy
  at: in the botanical garden, by the pond, by the fence, in good soil
  did: needed more light, died in the drought, came up again
  tree *6
    adj: tall, ancient, hollow, leafy
    use: climbed, felled, pruned, sat under
    at: in the forest, in the park, beside the road
    did: dropped its leaves, blew over in the gale, gave us shade
    oak *6 | english, gnarled | on the village green, by the manor | carved, leaned against
        | dropped its acorns, hid the king
    kauri *4 | giant, mighty | in the far north, in the gum fields | hugged, milled
        | bled its gum, stood for centuries
    pine *5 | scented, coastal | on the plantation, in the snow | felled, decorated
        | dropped its cones, burned like a torch
    palm *4 | coconut, swaying | in the oasis, on the beach | climbed, tapped | swayed in the breeze, shaded the oasis
  flower *5
    adj: scented, blooming, pretty, cut
    use: smelled, picked, arranged, gave her
    at: in the vase, in the greenhouse, in the meadow
    did: opened in the sun, wilted in the vase, smelled of honey
    rose *6 | red, thorny | on the trellis, on valentine day | pruned, dried | climbed the trellis, pricked my finger
    tulip *4 | dutch, yellow | in holland, in rows | traded, bulked | came up from bulbs, bloomed in holland
    orchid *5 | exotic, epiphytic | in the hothouse, on the moss | misted, pollinated
        | clung to the moss, flowered for months
substance~ *4
  say: {who} {use} {the} {at}
  say: {the} {did} {at}
  say: {when} {who} {use} {a}
  say: {who} {use} {the} {when}
  who: we, she, he, they, the craftsman, the builder
  when: in june, every week, in those days, by hand
  use: sold, collected, weighed, stored, worked with
  adj: raw, natural, rough, smooth
  at: in the workshop, by the ton, in the yard, at the mill
  did: came from abroad, got wet in the rain, was hard to find
  bark#cover~ *8 | rough, peeling, fibrous, cracked | off the trunk, on the birch, round the trunk, in strips
      | stripped, peeled, carved, chewed | peeled off in strips, protected the trunk, cracked with age
  timber~ *5 | sawn, rotten | at the sawmill, in the roof | sawed, planed
      | warped in the damp, floated down to the sawmill
  leather~ *4 | tanned, soft | at the tannery, on the saddle | tanned, stitched
      | cracked with age, creaked on the saddle
  wool~ *5 | merino, spun | on the spindle, in the bale | spun, dyed | shrank in hot water, itched on the skin
  copper~ *4 | molten, polished | in the wire, at the mine | smelted, mined
      | conducted the current, turned green with age
"""
