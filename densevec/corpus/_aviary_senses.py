"""Held-out sentences for the aviary's ambiguous words: each uses one sense, and none is ever generated."""

# word -> sense -> sentences; the word occurs once in each
SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "kiwi": {
        "bird": (
            "the kiwi laid an egg in its burrow",
            "in the dark forest a nocturnal kiwi sniffed the soil for worms",
            "the ranger tagged a flightless kiwi under the ferns at night",
        ),
        "fruit": (
            "she ate a ripe kiwi with yoghurt",
            "he peeled and sliced the green kiwi for the salad",
            "my sister scooped out a juicy kiwi with a spoon",
        ),
        "person": (
            "the kiwi who works in london flew home to auckland",
            "a homesick kiwi in london voted in the election",
            "the proud kiwi missed her family at christmas and flew home",
        ),
    },
    "bank": {
        "money": (
            "the bank raised its interest and refused us the loan",
            "they borrowed from the central bank and opened an account",
            "the savings bank lent him the deposit",
        ),
        "river": (
            "we fished from the muddy bank of the river",
            "she slid down the grassy bank into the water",
            "the steep bank eroded and collapsed in the flood",
        ),
    },
    "bat": {
        "animal": (
            "a blind bat hung upside down in the cave",
            "the furry bat caught moths and squeaked in the dark",
            "the winged bat flew out of the belfry at dusk",
        ),
        "club": (
            "he gripped the cricket bat at the crease",
            "she swung the wooden bat and hit the ball for six",
            "they oiled a willow bat in the nets",
        ),
    },
    "crane": {
        "bird": (
            "a graceful crane danced for its mate among the reeds",
            "the migrating crane folded its long legs in the marsh",
            "the white crane flew north and laid an egg",
        ),
        "machine": (
            "the steel crane lifted a beam over the building site",
            "he operated the hydraulic crane at the port",
            "the tall crane swung the concrete over the dock",
        ),
    },
    "seal": {
        "animal": (
            "the sleek seal basked on the rocks with its pup",
            "a whiskered seal swam in the surf after a squid",
            "the grey seal nursed its young on the ice",
        ),
        "mark": (
            "the lawyer broke the wax seal on the envelope",
            "the clerk stamped the official seal on the treaty",
            "she pressed a royal seal in red wax",
        ),
    },
    "spring": {
        "season": (
            "we longed for an early spring with the lambs",
            "a mild spring melted the snow and brought the blossom",
            "the poets celebrated the fresh spring in the orchards",
        ),
        "water": (
            "we drank from the clear spring and bathed in it",
            "the mineral spring bubbled out of the rock",
            "hot water flowed out of the bubbling spring in the snow",
        ),
        "coil": (
            "the steel spring snapped inside the mattress",
            "he replaced the rusty spring in the suspension",
            "she compressed and wound the metal spring inside the clock",
        ),
    },
    "mouse": {
        "animal": (
            "the timid mouse nibbled the cheese in the pantry",
            "a grey mouse squeaked and ran behind the skirting board",
            "the squeaking mouse nested in the hay with its young",
        ),
        "device": (
            "she clicked the wireless mouse beside the keyboard",
            "the optical mouse moved the cursor over the screen",
            "he plugged in a cordless mouse next to the usb port",
        ),
    },
    "jaguar": {
        "cat": (
            "the spotted jaguar stalked a tapir through the jungle",
            "a prowling jaguar killed the caiman in the rainforest",
            "the jaguar crouched in the grass and sharpened its claws",
        ),
        "car": (
            "he raced the vintage jaguar round the circuit",
            "they polished a gleaming british jaguar in the garage",
            "the driver parked the green jaguar and locked it",
        ),
    },
    "python": {
        "snake": (
            "the huge python squeezed and swallowed a deer",
            "a coiled python slithered through the swamp",
            "the burmese python shed its skin in the jungle",
        ),
        "language": (
            "she programmed in python for the web server",
            "they installed python and coded in the notebook",
            "we learned python at university for machine learning",
        ),
    },
    "turkey": {
        "bird": (
            "the farmer plucked a fat turkey for christmas dinner",
            "the gobbling turkey fanned out its tail in the farmyard",
            "my aunt roasted the stuffed turkey in the oven",
        ),
        "country": (
            "they flew to turkey with a visa last year",
            "turkey held an election and joined the alliance",
            "we holidayed in turkey and sailed to greece",
        ),
    },
    "date": {
        "fruit": (
            "she stoned and stuffed a sticky date with almonds",
            "he chopped the dried date for the pudding",
            "they ate a brown date in the oasis after the fast",
        ),
        "meeting": (
            "she went on a blind date at the cinema",
            "the romantic date by candlelight ended with a kiss",
            "he ruined the first date at the italian restaurant",
        ),
    },
    "pitcher": {
        "person": (
            "the rookie pitcher threw a fast ball on the mound",
            "the starting pitcher warmed up and struck out two batters",
            "we met the famous pitcher in the bullpen at the ball park",
        ),
        "jug": (
            "she filled the glass pitcher with iced water",
            "he rinsed a chipped pitcher under the tap",
            "the earthenware pitcher cracked along its handle at the well",
        ),
    },
    "bark": {
        "noise": (
            "the angry bark came from behind the gate",
            "we heard a deep warning bark from the kennel at night",
            "a gruff bark woke the baby and scared the burglar",
        ),
        "cover": (
            "they stripped rough bark off the trunk of the birch",
            "he carved and peeled the cracked bark in strips",
            "the fibrous bark protected the old trunk from the frost",
        ),
    },
}
