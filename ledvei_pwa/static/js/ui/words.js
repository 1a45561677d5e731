// 1024 plain words that are spelt the same in bokmål and nynorsk (checked with hunspell's nb_NO and nn_NO): ten bits each.
// Loaded only where a passphrase is chosen.

const WORDS = `
aften alm amfora and anemone anker anlegg ape appelsin april arbeid arena ark arm aroma artikkel asfalt atlas avis
bakgrunn bakke bakst balkong ball bambus bamse banan band banjo bank banner bark barn barokk basar basill basseng
batteri bein belte benk berg betong bever bibel bie bil bilde bind binders bingo biologi bjørk bjørn blad blank
blekk blikk blink blitz blokk blom blund bluse blyant blåbær boble bok boks bolle bolt bomull bonus borg botanikk
bragd brett brev briller bris broder bronse brosje brun bry brygge bråk brød bue buk bukett bukse bukser bunad
bunke bunt busk buss butikk bygd byge bygg bygning båe bål båre båt bær bøk bøker bønne børste bøtte
campus cello cembalo dag dal dam damp dans delta dempe depot dialog diamant diett disk dobbel dose drage drake
drakt drift drikk drive drops drue drøm due duft dugnad duk dus dusj dvale dykk dyne dyr dyrk døgn dør eggeglas
eik ekko ekorn eksempel ekte elastisk elefant elg ellipse elv energi eple epletre epoke erle ert esel eske essay
etasje eventyr fabel fagott fakkel fal familie fane farge fargerik fart fasade fasan fasong feie fele felg felt
ferd ferie ferje fersk fest figur film filt fink finte fiol fisk fjord fjær fjøs flagg flamingo flamme flate
flette flis flo flokk flor flott flue flygel flyt flåte fløyel fløyte folk fontene formel forår foss fot
fotball frakk fred freske fri frisk frosk frost frukt frø frøken fugl full furu fyll fyrste fyrtårn gale garasje
gard gardin gate gauk gave geit gele gitar giv gjedde gjær glad glans glasur glede glid glimt glo globus glød
gnist golf gong gran gras grein grill grind gris grotte gryn grå grøde grønn gull gulrot gummi gyldig gås hage
hagestol hagl hai hake hale halm halv hand handball hanske hare harpe hatt hav havre hegre heis hekk hekle helg
helse helt hest himmel historie hjelp hjort hjul hjørne holt honning hopp horisont hose hotell hud hull humle
humler humor hund hus husk hylle hyse hytte håp hår høg høne høy høyre ide idyll igle innsjø insekt ivrig
jakke jakt jern jolle jord jordbær jul juli juni juv kabel kai kake kaktus kald kalender kalk kalv kam kameleon
kamera kamp kanal kanel kanin kano kant kapell kappe karamell karneval karse karusell kasse kast kastanje katalog
katt keramikk kikke kile kime kino kirsebær kiste kitt kjede kjeks kjele kjerre kjøkken kjøtt klang klasse
klatre klem klima kling klipp klister klok klokke klov klump kløver knapp kne knekk knopp knott knute koffert kokk
kol kolibri koloni komet kompass konsert kopp kor korall kork korn kornett kort kost krabbe kraft krage kran krans
kringle kropp krukke krus krydder kryss krystall kubbe kube kule kull kunst kurs kurv kvartett kveld kvile kvit
kylling kyst labyrint lag lage lakris laks lam lampe land lang lanterne lapp last latter lav lavendel legende leik
leir leire lekse lerke lese lett lilje lilla lim limonade lin lind linjal linje linse list liv lodd loft logg logo
lokk loppe los lue luft luftig luke lukt lun lund lune lunsj lupe lur lykke lykt lyn lyng lys låm lån lås låt
låve lær løk løp løve løvetann løype magasin mage magnet mai mais makrell male malurt mammut mandel mandolin
mappe maraton mars marsipan maske mast mat matte maur medalje meis melodi metall mikrofon mild mine minne mint
minutt modell mole moped moro mosaikk mose motor motto muffe munn mur mus musikk musling myk mynt myr måke mål
måltid måltrost måne måse mønster nabolag natt natur nebb negl neper nes nikk nise nisje niste nord not
novelle nyttig nøtt oase oblat obo odde ode oktav olje omelett onkel onsdag opera optimist ord orden ordne orgel
orkan orkester orkide ost oter oval padde pai pakke palme panda panne papegøye papir paradis paraply parasoll park
part partitur passasje pastell pastill patron pause peis pelikan penn pensel perle perrong persille pianist piano
pil pingvin pinne pinsett pipe pista plakat planet planke plass plast platå plog plomme plugg pluss polar poppel
port portrett post potet potte prat presang prest pris prisme prolog propell protein pryd prøve pudding pull pumpe
puste pute pynt pyramide påske pære pøl pølse rabarbra rabatt rad radio rake rakett ramme rampe rand rapport
rasp rav rebus refleks refreng regle regn reim reise rekke ren renne reol reparere rev ribbe rik rikdom rim ring
rips ris risp robot robåt rokk rolig rom roman ror rose rosett rosin rot rubin rund rust rutine ryddig rygg
ryggsekk rype råd røter røyk safir saft sag saga saks sal salami salat salme salong salt sand sau scene sei sekk
sekund sel selje sende seng senter sentral serie sesong sete sider sigar signal sikt sild silke silo sink sirkel
sirkus sitron sjakk sjel sjø skap skarv skatt skei ski skilt skinke skip skive skjell skjerf skjorte skjære sko
skog skole skritt skriv skrue skuff skulptur skur sky skygge skål slalåm slange slede sletta slette slipp slips
slott slutt smak smal smaragd smi smil smør snekke snø snøball snøfnugg sofa sokk sol solbær solhatt solo
sonate sopp sopran sort spa speil spett spinat spinn spiral spire spor sport sprek sprett springe språk stad
stafett stall stange start stativ statue stav steg stein stemme stempel stige stille stjerne stokk stol stolt stor
stork storm stova streng strikk stripe strå strøk studie stue stund styrke ståk størje støvel støy sukker
sund suppe surr svale svamp svane svart sving sykkel sylinder syltetøy symfoni syn synge såpe sølv søndag søt
tablett tak takk takstein takt tal tall tango tank tann tante tapet tavle teater tegl telefon telt tema tempo
tennis tenor tepp teppe termos terning terrasse tid tiger tind tinde ting tinn tipp tistel tog tomat tomt topas
topp torg torn torsk trafikk trapes trapp trav tre treffe trekant trekk trille trio tromme trommer trompet tropp
trost tråd trøst trøye tuba tue tulipan tundra tunge tur turban turkis turn tusen tvilling tåke tøff tønne
tørke ugle uke ukulele ull ulv ung univers urt vaffel valmue vals vann varde varm ved vegg vei veke vektor veranda
vev vid vie vilje villa vink vinkel vinter vise visp vogn vokal voll vott våg yoga yoghurt zoo åker åkerbær
åre åtte øgle ørn øyre
`
  .trim()
  .split(/\s+/)

/** The same: who guesses tries these first. */
export const SUGGESTED = new Set(WORDS)

/**
 * Words drawn by the browser's own random numbers. Four are forty bits, and a guess costs 600,000 rounds.
 * @param {number} [count]
 * @returns {string}
 */
export function drawWords(count = 4) {
  // 1024 divides 65536: every word is as likely.
  return Array.from(
    crypto.getRandomValues(new Uint16Array(count)),
    (number) => WORDS[number % WORDS.length],
  ).join(" ")
}
