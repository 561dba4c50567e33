// Shapes in which two people ask, argue and advise. index.js explains them.
export const TALKS = [
  {
    name: "lesson",
    turns: [
      [
        "I've never tried to {base1}. Is it hard?",
        "{fam} wants to {base1@fam}. Is that hard to learn?",
        "I want to {base1}. Is it hard to learn?",
        "Is it hard to {base1}? {name} says that it's easy.",
      ],
      [
        "It's hard at first, but it's fun. All you need is {a:thing}.",
        "Not really. You need {a:thing} and some time.",
        "A little, but {person} can help you.",
        "No, not if you have {a:thing}. I learned it in a week.",
      ],
      [
        "And where did you learn it?",
        "That's good to know. Who showed you how to do it?",
        "Where did you learn it, at {event}?",
        "And who was your teacher, {person}?",
      ],
      [
        "{fam} took me to {place}, and {he:fam} showed me everything. First we {past2@we}.",
        "I learned it at {place}. {name} was with me, and {he:name} {past2@name}.",
        "It was {name}. {he:name} took me to {place} {when}, and we {past2@we}.",
        "I learned most of it at {place}. At first I just {past2}.",
      ],
      [
        "I'll try it too, because {reason1}.",
        "Then I'll ask {person2} {future}.",
        "Maybe I can {base3} first, because {reason3}.",
        "I see. {reason1}, so I'll start {future}.",
        "Good. I'll buy {a:thing2} {future}, and then you can help me.",
      ],
    ],
  },
  {
    name: "argument",
    plain: ["problem"],
    turns: [
      [
        "I think everybody should {base1@they}, because {reason1}.",
        "People should {base1@they} more often. {reason1}.",
        "{fam} thinks that everybody should {base1@they}, and {he:fam} is right.",
      ],
      [
        "I'm not so sure. The last time I was at {place}, {problem}.",
        "I don't agree. I tried it {when}, and {problem}.",
        "Maybe, but it isn't for me. {problem} when I did it.",
        "Not me. I never want to do that again, because {problem}.",
      ],
      [
        "I think {cause}. Did you {fix@you} after that?",
        "That's only because {cause}. Why didn't you {fix@you}?",
        "Oh, then {cause}. Couldn't you {fix@you}?",
        "Well, {cause}. {name} {fixed@name}. Why didn't you do that too?",
      ],
      [
        "I was too tired for that. I gave my {thing} to {fam}, and {he:fam} loves it.",
        "No, I just went home. Now {fam} has my {thing}.",
        "I didn't know that. {person} never told me.",
        "That was too much work for me. I'm happy when I can {base2}.",
      ],
      [
        "Then give it one more try. {person} at {place} can help you.",
        "That's too bad. {name} {past3@name} {when}, and {he:name} had no trouble at all.",
        "You should come to {event} with me. You could {base3@you} there.",
        "I still think that you would like it, because {reason3}.",
      ],
    ],
  },
  {
    name: "call for help",
    turns: [
      [
        "Hi, I'm at {place} with {fam}, and we need help.",
        "Can you come to {place}? {fam} and I need you here.",
        "Hello, it's me. I'm still at {place}, and we have a problem.",
        "Do you have a minute? {fam} and I are at {place}, and something is wrong.",
      ],
      [
        "What's wrong? Is it your {thing}?",
        "What is it? Is it about {event}?",
        "Oh, what happened? Is {person} there too?",
        "Sure. Didn't you want to {base1@you} today?",
      ],
      [
        "Yes. {problem}, and now we don't know what to do.",
        "It's not only that. {problem}, and {fam} is very sad.",
        "Yes. {problem}, because {cause}.",
        "Yes, but {problem}. I think {cause}.",
      ],
      [
        "Don't worry. I'll come right now, and then we'll {fix@we}.",
        "Stay there. I can help you to {fix@you}. It only takes an hour.",
        "That's easy. First you have to {fix@you}. {name} did that {when}.",
        "I'll be there in ten minutes. {name} can help too, because {he:name} {fixed@name} {when}.",
      ],
      [
        "Thank you so much. We still want to {base2@we} today.",
        "You're a good friend. After that, let's {base2@we} together.",
        "Thanks. {reason2}, so we didn't want to go home yet.",
        "That's so nice of you. {fam} wants to {base2@fam} so much.",
      ],
    ],
  },
  {
    name: "habit",
    turns: [
      [
        "Why do you {base1@you} so often?",
        "{name} says that you {base1@you} all the time. Why?",
        "I don't understand why people {base1@they}. Do you?",
        "You always {base1@you} when you have time. Why is that?",
      ],
      [
        "Because {reason1}. And I like it at {place}.",
        "Well, {reason1}. It also gives me time with {fam}.",
        "I do it because {reason1}. {fam} does it too.",
        "It's simple. {reason1}, and {person} is always so friendly.",
      ],
      [
        "Don't you get tired of it? I only {past2} once, and {complaint}.",
        "I tried something like that. I {past2}, but {complaint}.",
        "I see. I {past2} {when}, but {fam} didn't like it.",
        "Maybe. But I was at {event}, and {complaint}.",
      ],
      [
        "That happens, but it gets better. {when}, I {past3}.",
        "Not me. {when}, {name} and I {past3@we}.",
        "You should try again. {name} and I {past3@we} {when}, and it was great.",
      ],
      [
        "Oh, really? {question3}",
        "I didn't know that. {question3}",
        "And how was it? {question3}",
        "That sounds nice. {question3}",
      ],
      [
        "{answer3}",
        "{answer3} I remember it well.",
        "Well, let me think. {answer3}",
        "Good question. {answer3}",
      ],
    ],
  },
  {
    name: "good news",
    turns: [
      [
        "I {past1} {when}. {name} was with me.",
        "Guess what. I {past1} {when}.",
        "{fam} and I {past1@we} {when}.",
        "I'm so happy. {fam} and I {past1@we} {when}.",
      ],
      [
        "Oh, nice. {question1}",
        "Really? {question1}",
        "I wish I had been there. {question1}",
        "Good for you. {question1}",
      ],
      [
        "{answer1} But {complaint}.",
        "{answer1} And {praise}.",
        "{answer1} {person} asked me the same thing.",
        "{answer1} I loved it, because {reason1}.",
      ],
      [
        "It sounds good to me. I'd like to {base2}, because {reason2}.",
        "I'll come with you next time. I have {a:thing}.",
        "Then we should {base2@we} {future}. What do you think?",
        "You're lucky. I wanted to {base2}, but {problem}.",
        "I see. Will you be at {event} {future}, too?",
      ],
    ],
  },
  {
    name: "present",
    turns: [
      [
        "What should I give {name} for Christmas?",
        "I need a present for {name}. What does {he:name} like?",
        "Do you know what {name} would like for Christmas?",
      ],
      [
        "{he:name} likes to {base1@name}, so how about {a:thing}?",
        "I think {he:name} needs {a:thing}. {he:name} {past1@name} {when}.",
        "How about {a:thing}? {he:name} wants to {base1@name} {future}.",
      ],
      [
        "{he:name} has one already. I saw it when {he:name} {past2@name}.",
        "I gave {him:name} one last year. {he:name} took it to {event}.",
        "I don't know. I saw one at {place}, but it was too expensive.",
      ],
      [
        "Then take {him:name} to {event2}. Or ask {person} what {he:name} needs.",
        "Maybe you can get {a:thing2} from {person}. {he:person} has some.",
        "You could also {base3} with {him:name}. That's always fun.",
      ],
      [
        "That's a good idea, because {reason1}.",
        "Yes. {he:name} told me that {reason3}.",
        "Thanks. I'll go to {place2} {future} and look for something.",
        "You're right. {name} would love to {base2@name} with me.",
      ],
    ],
  },
  {
    name: "somebody new",
    turns: [
      [
        "I met {person} at {place} {when}.",
        "{fam} knows {person} very well. They met at {place}.",
        "I talked to {person} {when}. Do you know {him:person}?",
        "Have you met {person}? {he:person} was at {event} {when}.",
      ],
      [
        "Oh, I know {him:person}. {he:person} helped me when {problem}.",
        "Yes, {he:person} is very kind. {he:person} was there when {problem}.",
        "I like {him:person}. We {past2@we} together {when}.",
        "{he:person} knows {fam} too, and they {past2@they} {when}.",
      ],
      [
        "That's {him:person}. {he:person} told me that {reason1}.",
        "Really? {he:person} says that {reason1}.",
        "I'm not surprised. {he:person} wants everybody to {base1@they}.",
      ],
      [
        "I agree with {him:person}. Do you want to {base3@you}?",
        "That's right. And will you {base3@you} {future}?",
        "Well, {he:person} knows best. Would you like to {base3@you} with us?",
      ],
      [
        "Yes, I already have {a:thing2}.",
        "I don't think so. I tried it once, and {complaint}.",
        "Yes, because {reason3}. {person} will help me.",
        "Not yet. But I'll go to {place} {future}, and then I'll see.",
      ],
    ],
  },
  {
    name: "weekend",
    turns: [
      [
        "What did you do {when}?",
        "How was your weekend? Were you at {place}?",
        "I didn't see you {when}. Where were you?",
        "You look happy. What did you do {when}?",
      ],
      [
        "I was at {place2} with {name}. We {past1@we}.",
        "{fam} and I {past1@we}. {praise}.",
        "I {past1} with {name}, and {he:name} was so happy.",
        "Oh, I just {past1} with {name}. {reason1}.",
      ],
      [
        "That sounds better than my weekend. I wanted to {base2}, but {problem}.",
        "Lucky you. {fam} and I wanted to {base2@we}, but {problem}.",
        "I wish I could say that. {problem}, so I had to stay home.",
      ],
      [
        "Oh no. Did {person} help you?",
        "I'm sorry. Did {person} see it?",
        "That's too bad. Couldn't {person} help?",
        "Again? Did {person} know why?",
      ],
      [
        "Yes, {he:person} did. Now I have to {fix}.",
        "No, but {fam} {fixed@fam}, and now it's okay.",
        "Yes, and now we know that {cause}.",
        "No. It was because {cause}, so I'll {fix} {future}.",
      ],
    ],
  },
];
