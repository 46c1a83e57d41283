"""The aviary's animals, monsters and people; the notation is explained in ``_aviary_grammar``."""

CREATURES = """
creature *6
  say: {the} {did} {at}
  say: {when} {the} {did}
  say: {who} {saw} {a} {at}
  say: {at} {the} {did}
  say: {who} {saw} {the} {when}
  who: we, she, he, they, the visitors, the guide, my neighbour, i
  saw: saw, watched, noticed, heard, followed, looked for, wrote about
  when: at dawn, last night, every evening, before sunrise, after the rain, one cold morning, all summer
  adj: small, large, old, young, strange, quiet, wild
  at: in the valley, near the hut, in the dark, behind the hills
  did: slept under a rock, moved without a sound, ran away from us, looked up at us
  animal *7
    adj: hungry, shy, healthy, wounded
    did: searched for food, drank from the stream, hid from its enemies, raised its young, rested in the shade
    at: in the zoo, in the forest, at the reserve, in the long grass
    who: the ranger, the keeper, the vet
    saw: photographed, fed, counted, tagged, tracked
    bird *9
      say: {the} laid an egg in {nest}
      say: {the} fed its chicks on {food} {at}
      say: {the} sat on two eggs in {nest}
      nest: its nest, an old nest
      food: seeds, worms, grubs, beetles
      adj: feathered, spotted, noisy
      did: spread its wings, sang at first light, preened its feathers, pecked at the ground, opened its beak
      at: in the treetops, on a tall branch, by the nest, in the aviary
      saw: ringed, listened to
      parrot *6
        adj: colourful, clever, talkative
        did: cracked a nut with its beak, held the seeds in one foot, screeched from its perch, copied our voices
        at: in a hollow trunk, on a swinging perch, in its cage
        food: nuts, nectar
        nest: an empty nest box
        kakapo *6 | green, flightless, nocturnal, heavy | boomed from its bowl all night, climbed slowly up a rimu
            , walked along its track at night, froze when it smelled danger
            | on a predator free island, in the rimu forest | nest=its burrow, a hole under roots
            | food=rimu berries
        kea *5 | cheeky, alpine, curious | stole the rubber from our car, rolled a stone off the roof
            , played in the snow, followed the skiers around
            | above the snow line, in the car park, on the alpine pass | nest=a crack among boulders | food=roots
        kaka *3 | brown, forest | stripped the branch for sap, whistled in the canopy, dug grubs from a log
            | in the canopy, in the beech forest | food=sap, rimu berries
        macaw *4 | scarlet, blue, tropical | ate clay at the cliff, flew over the jungle in pairs
            | in the jungle, above the amazon | food=palm nuts
        cockatoo *5 | white, crested, loud | raised its yellow crest, danced to the radio
            | in the outback, in the gum trees | food=grain
        parakeet *2 | tiny, green, tame | chattered to its mirror, rang the bell in its cage
            | in the pet shop, in its cage
      ratite *3
        adj: flightless, running, tall
        did: ran on strong legs, kicked with its big feet, swallowed small stones, walked for miles
        at: on the open plain, behind the wire fence
        nest: a scrape on the ground
        emu *6 | grey, dusty | ran beside our truck, crossed the dry outback | in the outback, on the cattle station
            | food=desert seeds
        moa *3 | extinct, giant | browsed on low shrubs, left its bones in a swamp, died out long ago
            | in the swamp, in the ancient forest | food=twigs
        ostrich *5 | fast, african | raced across the savanna, pulled a small cart
            | on the savanna, on the feather farm
        cassowary *2 | dangerous, blue | attacked with its sharp claws, swallowed whole fallen figs
            | in the tropical rainforest | food=fallen figs
        kiwi#bird *14 | brown, nocturnal, flightless, whiskered | sniffed the ground for worms
            , probed the soil with its bill, called twice in the dark, hid in its burrow all day
            | in the dark forest, in the ferns, under the ferns | nest=its burrow, a hollow log, a hole under roots
            | food=worms, grubs
      raptor *3
        adj: fierce, sharp eyed, hooked
        did: dived on its prey, carried off a rabbit, circled high overhead, tore the meat with its talons
        at: on a high ledge, above the cliffs, over the ridge
        food: meat, rabbits
        nest: a ledge
        eagle *6 | golden, mighty | soared over the mountains, snatched a lamb
            | on a rocky peak, above the mountains | nest=its eyrie
        falcon *3 | trained, swift | dropped like a stone, returned to the glove | on the gloved hand, over the moor
        kestrel *2 | small, hovering | hovered over the verge, nested in the church tower
            | in the church tower, over the fields
        owl *6 | wise, silent, nocturnal | hooted in the barn, turned its head right round, hunted by moonlight
            | in the barn, in the moonlight | nest=the barn
      songbird *3
        adj: cheerful, tiny, speckled
        did: sang a sweet song, hopped across the lawn, fluttered from branch to branch, splashed in the bath
        at: in the hedge, on the lawn, at the feeder, on the windowsill
        food: crumbs, caterpillars
        nest: the hedge
        tui *4 | glossy, white throated
            | drank nectar from the flax, mimicked the doorbell, chased rivals from the flax
            | in the flax, in the kowhai | food=nectar
        thrush *3 | brown, speckled | smashed a snail on a stone, sang from the chimney
            | on the garden path, on the chimney | food=snails
        robin *6 | friendly, red breasted | perched on the spade handle, followed the gardener around
            | on the spade handle, in the snowy garden
        sparrow *6 | cheeky, dusty | stole crumbs from the cafe, bathed in the dust | at the cafe, under the eaves
        blackbird *4 | glossy, yellow billed | pulled a worm from the lawn, sang from the chimney
            | on the chimney, under the boughs
      waterfowl *2
        adj: webbed, plump, wet
        did: swam across the pond, dipped its head underwater, paddled with webbed feet, landed on the water
        at: on the pond, among the reeds, by the park lake
        food: waterweed, bread
        nest: the reeds
        swan *5 | white, graceful, black | arched its long neck, hissed at the rower
            | on the castle moat, on the calm lake
        goose *4 | grey, angry | hissed at the postman, flew south in formation | on the farm pond, in the stubble
        duck *4
          adj: dabbling
          did: quacked for more bread, led its ducklings across the road
          at: at the park pond, in the rushes
          mallard *3 | green headed, common | begged for bread crusts, waddled over the path
              | in the city park, at the park pond
          teal *2 | brown, rare | dabbled in the shallows, flew up from the marsh | in the marsh, in the shallows
      seabird *3
        adj: white winged, salty, wandering
        did: dived into the waves, rode the ocean wind, followed the fishing boat, swallowed a squid whole
        at: over the waves, on the sea cliff, far out at sea, at the colony
        food: squid, krill
        nest: the colony
        albatross *4 | great, wandering | glided for days, mated for life on the headland
            | on the headland, in the southern ocean
        petrel *2 | stormy, dark | came ashore at night, flew through the gale | in the gale, in the southern ocean
            | nest=its burrow
        penguin *6 | plump, marching | waddled over the ice, slid on its belly, kept its egg warm
            | on the ice, in the antarctic | nest=its burrow
        gull *5 | greedy, screaming | stole my hot chips, screamed over the harbour
            | at the rubbish dump, over the harbour
      wader *2
        adj: long legged, elegant
        did: waded through the mud, stabbed at a frog, stood on one leg, probed the mudflat
        at: on the mudflat, in the shallow water, in the wetland
        food: frogs, crabs
        nest: the wetland
        heron *4 | grey, patient | waited beside the fishpond, speared an eel | beside the fishpond, in the wetland
        stilt *2 | black, pink legged | nested on the gravel, ran along the tide line
            | on the gravel, on the tide line
        crane#bird *9 | dancing, white, migrating, graceful
            | danced for its mate, flew north over the marsh, waded through the marsh, folded its long legs
            | in the marsh, in the paddy field, among the reeds
      poultry~ *3
        adj: plump, free range
        did: scratched in the yard, roosted in the henhouse, ate the kitchen scraps, escaped from the henhouse
        at: in the farmyard, in the henhouse
        who: the farmer, my aunt
        saw: plucked, roasted, fed
        food: corn, scraps
        nest: the straw
        hen *6 | brown, broody, clucking | clucked at her chicks, scratched for corn | in the henhouse, in the straw
        rooster *4 | proud, crowing | crowed at daybreak, strutted round the yard | on the dung heap, in the farmyard
        turkey#bird *8 | fat, stuffed, gobbling
            | gobbled in the yard, fattened up for christmas, fanned out its tail
            | in the farmyard, for christmas dinner, in the oven
    mammal *6
      adj: furry, warm, four legged
      did: suckled its young, licked its fur, sniffed the air, gave birth in the night
      at: in its den, at the waterhole
      dog *6
        adj: loyal, obedient, wet
        did: wagged its tail, chewed a bone, chased the ball, barked at the postman
        at: in the kennel, on the lead, in the park
        saw: walked, trained, patted
        terrier *3 | scruffy, stubborn | dug under the fence, bit the postman | in the garden shed, under the fence
        spaniel *2 | floppy eared, gentle | fetched the dead pheasant, leapt into the river
            | in the gun room, in the back seat
        poodle *5 | clipped, pampered | won the silver cup, pranced round the ring
            | at the pet show, in the beauty salon
      feline *2
        adj: striped, stalking, silent
        did: stalked its prey, sharpened its claws, crouched in the grass, purred in its sleep
        at: in the tall grass, on the branch above
        lion *6 | maned, lazy | roared across the savanna, killed a zebra | on the savanna, with its pride
        tiger *5 | striped, bengal | crept through the bamboo, swam across the swamp | in the bamboo, in the mangroves
        leopard *3 | spotted, snow | dragged its kill up, slept along a branch | in the acacia, in the himalayas
        jaguar#cat *8 | spotted, powerful, prowling
            | prowled through the jungle, killed a caiman, swam the jungle river, stalked a tapir at dusk
            | in the jungle, in the rainforest, in the amazon
      livestock~ *3
        adj: grazing, muddy
        did: grazed in the paddock, chewed the grass slowly, followed the tractor home, broke through the gate
        at: in the paddock, in the barn, at the market
        who: the farmer, the shepherd
        saw: herded, bought, sold, fenced in
        cow *6 | dairy, brown | gave rich milk, stood in the milking shed | in the milking shed, in the clover
        sheep *5 | woolly, shorn | lost its thick fleece, bleated at the shearer
            | in the shearing shed, on the hillside
        pig *4 | pink, muddy | wallowed in the mud, grunted at the trough | in the sty, at the trough
      rodent *3
        adj: gnawing, whiskered, tiny
        did: gnawed through the cable, stored nuts for winter, scurried along the wall, twitched its whiskers
        at: in the cellar, under the floorboards, in its hole
        saw: trapped
        rat *5 | black, filthy | raided the grain store, swam up the drain | in the sewer, in the grain store
        squirrel *4 | red, bushy | buried an acorn, leapt between the oaks | in the park, between the oaks
        beaver *3 | busy, canadian | built a dam of sticks, slapped the water | at the dam, in its lodge
        mouse#animal *9 | grey, timid, squeaking
            | nibbled the cheese, squeaked in the pantry, ran from the cat, nested in the hay
            | in the pantry, in the hay, behind the skirting board, in the trap
      marsupial *2
        adj: pouched, hopping
        did: carried a joey in its pouch, grazed at dusk, hopped across the track, dozed through the heat
        at: in the bush, in the gum trees
        kangaroo *6 | red, bounding | bounded across the outback, boxed with its rival
            | in the outback, on the golf course
        koala *5 | sleepy, cuddly | clung to the gum tree, ate leaves all day | in the gum trees, in the fork above
        possum *4 | bushy, introduced | ate the young leaves, hissed on the roof | on the roof, in the poisoned trap
      whale *3
        adj: huge, barnacled
        did: blew a spout of spray, dived for ages, sang under the sea, swam past the boat
        at: in the southern ocean, off the coast, in the bay
        who: the sailors
        orca *4 | black, hunting | hunted the stingrays, leapt clear of the water | in the harbour, in the bay
        humpback *3 | singing, giant | slapped its tail, swam north to breed | off tonga, in the warm shallows
      seal#animal *9 | grey, whiskered, basking, sleek
          | basked on the rocks, barked at its pup, swam after a squid, slid off the rocks, nursed its pup
          | on the rocks, on the ice, at the colony, in the surf
      bat#animal *9 | furry, blind, winged, roosting | hung upside down, flew out at dusk, caught moths in the dark
          , roosted in the cave, squeaked in the belfry | in the cave, in the belfry, in the hollow tree, at dusk
    fish *5
      adj: silver, slippery, scaly
      did: swam upstream, took the bait, swam in a large shoal, gulped at the surface
      at: in the net, in the deep water, on the hook, off the reef
      who: the angler, my uncle
      saw: caught, grilled, gutted, threw back
      trout *5 | brown, wild | rose to a dry fly, lay behind a stone | in the clear stream, in the lake
      salmon *6 | pink, smoked | leapt up the waterfall, returned to spawn | below the waterfall, in the smokehouse
      shark *5 | great, hungry | circled the surfers, bit the surfboard | beyond the breakers, off the beach
    reptile *4
      adj: cold blooded, scaly, basking
      did: warmed itself in the sun, shed its skin, flicked out its tongue, laid soft eggs
      at: on a warm rock, in the desert, under the lamp
      tuatara *3 | ancient, spiny | lived for a century, shared a deep burrow | on a rocky island, at the burrow mouth
      turtle *6 | green, slow | hid in its shell, crawled up the beach | on the sandy beach, on the reef
      lizard *4
        adj: quick, tailless
        did: lost its tail, ran up the wall
        at: on the hot wall, in the stones
        gecko *4 | sticky, green | ran across the ceiling, licked its own eye | on the ceiling, in the manuka
        skink *2 | shiny, copper | darted under the stones, basked on the path | in the stones, on the shingle
      snake *5
        adj: venomous, coiled, deadly
        did: bit him on the ankle, slithered into a hole, swallowed a toad, hissed a warning
        at: in the long grass, in the glass tank
        cobra *4 | hooded, king | swayed to the flute, spread its hood | in the basket, in the village
        viper *3 | horned, desert | struck without a warning, buried itself in sand | in the sand, among the dunes
        python#snake *9 | huge, hungry, coiled, burmese
            | squeezed a goat to death, swallowed a deer, coiled round its eggs, slithered out of its tank
            | in the swamp, in the glass tank, in the jungle, round the branch
    insect *4
      adj: six legged, buzzing, crawling
      did: crawled up the stem, buzzed against the window, flew to the lamp, laid eggs on a leaf
      at: on a leaf, in the jar, on the window
      saw: swatted, pinned, collected
      beetle *5 | shiny, black | rolled a ball of dung, bored into the wood | under the stump, in the rotten log
      butterfly *6 | bright, monarch | sipped from the flowers, came out of its cocoon | on the thistle, in the meadow
      ant *5 | red, tireless | carried a crumb home, marched in a line | in the sugar bowl, under the paving
      bee *4 | striped, worker | made honey from clover, danced in the hive | in the hive, in the clover
  monster *4
    adj: terrible, scaly, legendary
    did: terrified the villagers, guarded the treasure, ate a whole village, fought with the hero
    at: in the old tale, in the enchanted castle, in her nightmare
    who: the knight, the hero, the storyteller
    saw: dreamed of, fought, drew, told us about
    dragon *6 | fiery, winged | breathed fire on the town, slept on a heap of gold | in its lair, on a heap of gold
    troll *4 | ugly, hairy | lived under the bridge, turned to stone | under the bridge, in the norse saga
    ogre *3 | hungry, stupid | ground their bones, locked up the princess | in the fairy tale, in the tower
"""

PEOPLE = """
person *8
  say: {the} {did} {at}
  say: {when} {the} {did}
  say: {who} {met} {a} {at}
  say: {the} who lived {at} {did}
  say: {who} {met} {the} {when}
  who: we, she, he, they, my friend, the reporter, i
  met: met, thanked, talked to, remembered, argued with, waited for, wrote to
  when: last week, on monday, in the evening, after work, that year, yesterday afternoon
  adj: tall, old, young, kind, tired, famous, clever
  at: in the street, in the village, at the party, in the next room
  did: told us a story, laughed at the joke, went to bed early, read the newspaper, lost the door key
  citizen *4
    say: {the} who works in {town} {went} to {town}
    say: {the} voted in {town} {when}
    say: {the} who works in the city {went} again
    town: london, auckland, wellington, sydney
    went: flew home, moved back, sent money, sailed
    adj: proud, homesick, patriotic
    did: voted in the election, paid her taxes late, renewed her passport, sang the national anthem
    at: at the airport, at the embassy, in the capital
    kiwi#person *7 | proud, homesick, young | flew home for christmas, cheered the all blacks
        , worked in a london pub, missed her family in auckland, rented a flat in london
        | in a london pub, at the rugby final, on working holiday, at heathrow airport
    zealander+new *5 | proud, homesick, young
        | flew home for christmas, cheered the all blacks, won the sailing medal, missed her family
        | at the rugby final, on working holiday, at the peace talks
    australian *6 | suntanned, friendly | moved to the gold coast, cheered for the wallabies
        | at the cricket ground, on bondi beach
    scot *4 | bearded, thrifty | played the bagpipes, toasted the poet | in the highlands, at the whisky bar
  worker *4
    adj: skilled, hardworking, retired
    did: joined the union, started work at seven, asked for more pay, washed his hands
    at: at the works, in the canteen, at the union hall
    farmer *6 | rich, dairy | ploughed the field, milked the herd | in the field, in the milking shed
    sailor *5 | drunken, brave | hoisted the mainsail, went to sea, tied a knot | on the deck, in the port
    miner *5 | coal, striking | dug coal by lamplight, went down the shaft | in the shaft, at the pit
  musician *3
    adj: gifted, nervous, classical
    did: practised for hours, tuned up before the show, bowed to the audience, played an encore
    at: on the stage, in the orchestra, at the concert hall
    pianist *5 | jazz, brilliant | played a sonata, touched the keys lightly | at the keyboard, in the jazz club
    drummer *4 | loud, sweaty | kept a steady beat, hit the cymbal hard | in the rock band, at the back
    singer *6 | soprano, popular | sang the aria, forgot the words | in the opera, in the choir
  scientist *4
    adj: brilliant, curious, forgetful
    did: tested the theory, published a paper, won a research grant, repeated the experiment
    at: in the laboratory, at the conference, at the university
    biologist *5 | marine, field | studied the cells, named a new species | at the field station, over the microscope
    chemist *3 | organic, analytical | mixed the acids, heated the flask | at the fume cupboard, by the burner
    astronomer *2 | royal, amateur | discovered a comet, pointed the telescope upwards
        | at the observatory, under the stars
  athlete *4
    adj: fit, injured, olympic
    did: trained before breakfast, broke the world record, won a gold medal, hurt her knee
    at: at the games, in the gym, on the podium
    runner *5 | fast, marathon | crossed the finish line, tied her laces | on the track, in the marathon
    swimmer *3 | strong, champion | dived into the pool, touched the wall first | in the pool, in lane four
    cricketer *4 | test, retired | scored a century, dropped an easy catch | at the wicket, on the cricket ground
    pitcher#person *8 | starting, rookie
        | threw a fast ball, struck out the batter, warmed up in the bullpen, walked two batters
        | on the mound, in the ninth inning, at the ball park, in the bullpen
  child *6
    adj: naughty, noisy, little
    did: played with the blocks, cried for its mother, learned to count, drew a picture
    at: at the playground, in the classroom, in the sandpit
    toddler *3 | sticky, crying | took three steps, threw a tantrum | in the high chair, in the pram
    pupil *5 | diligent, lazy | raised her hand, forgot the homework | in the classroom, at assembly
    schoolgirl *4 | giggling, uniformed | skipped in the yard, passed the spelling test
        | on the school bus, at the gate
  ruler *3
    adj: cruel, wise, crowned
    did: ruled for thirty years, signed the treaty, led an army, built a palace
    at: on the throne, in the palace, in the history book
    king *6 | french, mad | wore the crown, lost his head | at court, in the palace
    queen *5 | virgin, late | opened parliament, wore the crown | at court, in the golden coach
    emperor *3 | roman, chinese | conquered the east, burned the city | in rome, on the triumphal arch
"""
