// First names that are common in Norway, as `folded` in identifiers.js writes them: one for several spellings, a third of
// the bytes. Which they are stands in kernel/first_names.py, and a test tells when this list does not follow.

export const FIRST_NAMES = new Set(
  `
abdi abdirahman abdul abdula abdulahi abdulkadir ada adam adnan adrian agnes agnieska ahmad ahmed aian
aiesha aisa aisha aksel albert aleksander aleksandra alexander alf alfred ali alma amalia amina amir an
ana anastasia anders andrea andreas andri andrsej anita anton arben arild arna arnt artur arun arvid
asbjørn astrid atla aud audun august aurora beata benjamin benta berit besnik bilal biret bjørg bjørn bo
bodil borghild braga brit bård dag daniel daria darius david davit denis dmitro dorota dragan edit edvard
egil einar eira eirik eivind ela elen elena eli elias elif elin elina elisa elisabet elsa ema emil emilia
emina emra erik erlend erling espen eva even fadumo fara farhan fatima fatma felix filip filmon fin
fredrik frida froda gabriel geir georg gerd goran graka greta gri gro grsegors gudrun gun gunar gunhild
guro gustav halima halvor hamid hamsa hana hanan hans harald hasan hava heda hega heidi helen helena helga
henrieta henrik herman hilda hodan hosein huda husain husein håkon håvard iasin iasmin ibrahim ida igor
iman imran inga ingeborg inger ingrid ingva ionas iousef irena irina isabela isak iselin ismail iulia
iusuf ivan ivar iver ivona jakob jakub james jan jana janika jarla jasmin jasmina jelena jeni jens jo
joakim joana johan johanes john johni jon jonas jorun josa josef jostein juan julia julian justina jørgen
jørn kai kamil kamila karen kari karim karin karl karlos karlota karolina kasper katarsina katrina kekilia
kelina kenet ketil khadija khalid kim kinga kirsten kjel kjetil knut kristian kristin kristina kristofer
krsistof kumar kurt kåra laila lan lars lasa lea leif leila lejla lena leon liam lili lilian lin lina
linda linh lisa liv liva lota ludvig lukas magdalena magna magnus mai maja malgorsata malin mantas maren
margreta mari maria mariam mariana marit marius markin markus marta martin martina matea mateus matias
matilda mats max mehmet mereta meta mia mikael mikal mikel mikela mikola milan mina minh mohamad mohamed
mohamud mona monika morten muhamad murat mustafa máret målfrid nadia naima natalia nikola nikolai nils
nina noa nor nora nour od oda odin odni odvar oksana ola olav oleksandr olena olha oliver olivia omar omid
oskar osman oto ova patrik paul pavel peder per pernila peter piotr preben pria pål rafal ragna ragnar
ragnhild rahel rahma rahul raimond randi rasa rashid rasmus ravna rebeka reidar reidun renata resa rika
risten rita roald roar robert robin roger roi roia rolf roni rosa ruben runa rut safia sahra said sainab
sakaria samir samira samuel sana sander sandra sara sebastian seinep selam selma semhar sergei serhi
shirin sigmund signa sigrid sigurd silja simen simon sina sindra siri sisel siv siver sivert sofia solfrid
solveig sondra soraia soran stefen stein steinar stian stig stina ståla sumaia suniva suresh susana svein
sven svera svetlana svitlana tadas tanh tariq tea teo teodor teresa terja tesfai tetiana ti tim tina tiril
tobias tom tomas tomi tona tonja tor tora torbjørn tord torgeir toril torstein torun tova trigva trina
trond truls turid tuva ulf ulrik ulrika uni usman vegard venka vera veronika vetla vibeka vidar vigdis
viktor viktoria vilda viliam volodimir ánta åga åsa åshild åsmund øistein øivind ørjan
`
    .trim()
    .split(/\s+/),
)
