"""First names that are common in Norway, of many origins, in small letters.

Chosen by hand after Statistics Norway's name statistics
(ssb.no/navn): the names most people here have, and those most common among people whose parents came
from elsewhere. Whoever has a name that is not here is found by a surname's ending, or not at all: what
is found is a help to the one who writes, and no filter.
"""

from typing import Final

_NAMES: Final = """
abdi abdirahman abdul abdulkadir abdullah abdullahi ada adam adnan adrian agnes agnieszka ahmad ahmed
aisha aksel albert aleksander aleksandra alexander alf alfred ali alma amalie amina amir ana anastasia
anders andrea andreas andrii andrzej anita ann anna anne anton arben arild arne arnt artur arun arvid
asbjørn astrid atle aud audun august aurora ayan ayesha ayse beata benjamin bente berit besnik bilal biret
bjørg bjørn bo bodil borghild brage brit britt bård camilla carl carlos caroline cathrine cecilie celine
charlotte christian christina christine christoffer dag daniel daria darius dariusz david dawit dennis
dmytro dorota dragan edith edvard egil einar eira eirik eivind elena eli elias elif elin eline elisabeth
elise ella elle ellen elsa else emil emilie emina emine emma emre erik erlend erling espen eva even ewa
fadumo farah farhan fatima fatma felix filip filmon finn fredrik frida frode gabriel geir georg gerd goran
grace grete gro gry grzegorz gudrun gunhild gunn gunnar guro gustav halima halvor hamid hamza hanan hannah
hanne hans harald hassan hawa hedda hege heidi helen helena helene helge henriette henrik herman hilde
hodan hossein huda hussain hussein håkon håvard ibrahim ida igor iman imran inge ingeborg inger ingrid
irene irina iryna isabella isak iselin ismail ivan ivar iver iwona jacob jakob jakub james jan janne
jannicke jarle jasmin jasmina jelena jenny jens jo joachim joakim joanna johan johannes john johnny jon
jonas jorunn jose joseph jostein juan julian julie justyna jørgen jørn kai kamil karen kari karim karin
karl karolina kasper katarzyna kathrine katrine kay kenneth ketil khadija khalid kim kinga kirsten kjell
kjetil knut kristian kristin kristina kristine kristoffer krzysztof kumar kurt kåre laila lan lars lasse
layla leah leif lejla lene leon leyla liam lillian lilly linda line linh linn lise liv live lotta lucas
ludvig lukas lukasz magdalena magne magnus mai maja malgorzata malin mantas marcin marcus maren margrethe
mari maria mariam marianne marie mariia marit marius markus marte martin martine mary maryam mateusz
mathea mathias mathilde matias mats max mehmet merete mette mia michael michal michelle mikael mikkel
milan mina minh mohamed mohammad mohammed mohamud mona monica monika morten muhammad murat mustafa mykola
máret målfrid nadia naima natalia nataliia nikola nikolai nils nina noah noor nora nour oda odd oddny
oddvar odin oksana ola olav ole oleksandr olena olha oliver olivia omar omid oscar oskar osman otto ove
patrick paul pawel peder per pernille peter petter philip piotr preben priya pål rafal ragna ragnar
ragnhild rahel rahma rahul randi rasa rashid rasmus ravna raymond rebecca rebekka reidar reidun renata
renate reza rikke risten rita roald roar robert robin roger rolf ronny rosa roy roya ruben rune ruth safia
sahra said samir samira samuel sana sander sandra sara sebastian selam selma semhar sergei serhii shirin
sigmund signe sigrid sigurd silje simen simon sindre siri sissel siv sivert sofia sofie solfrid solveig
sondre soraya steffen stein steinar stian stig stine ståle sumaya sunniva suresh susanne svein sven sverre
svetlana svitlana synne syver tadas tariq terje tesfay tetiana thanh thea theo theodor therese thi thomas
thor tim tina tiril tobias tom tomas tomasz tommy tone tonje tor torbjørn tord tore torgeir torill
torstein torunn tove trine trond truls trygve turid tuva ulf ulrik ulrikke unni usman vegard vera veronica
vetle vibeke victor victoria vidar vigdis viktor viktoriia vilde volodymyr wenche william yasin yasmin
yngve yonas youssef yulia yuliia yusuf yvonne zahra zainab zakaria zeynep zofia zoran ánte åge åse åshild
åsmund øivind ørjan øystein øyvind
"""

FIRST_NAMES: Final = frozenset(_NAMES.split())
