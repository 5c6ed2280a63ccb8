/** Subject that a seeded tune was trained on. Selects the texts of its prompts. */
export type Subject = 'person' | 'pet' | 'product' | 'style';

const PERSON = [
  'portrait of {s} as an astronaut, 35mm photograph, rim light, visible skin texture',
  'corporate headshot of {s} in a charcoal suit, soft window light, neutral grey background',
  '{s} sipping espresso at a street cafe in Lisbon, golden hour, shallow depth of field',
  '{s} as a renaissance nobleman, oil painting, chiaroscuro, ornate frame',
  'black and white studio portrait of {s}, hard key light, Rembrandt lighting, 85mm f/1.4',
  '{s} hiking above the clouds in the Dolomites, red jacket, wide shot, crisp morning light',
  'cinematic still of {s} in a neon lit Tokyo alley at night, rain, reflections, anamorphic',
  'close-up of {s} laughing, freckles, natural light, Kodak Portra 400',
  '{s} as a chef plating a dessert, open kitchen, bokeh lights, editorial food magazine',
  '{s} wearing a linen shirt on a sailing boat, Aegean sea, midday sun, candid',
  'LinkedIn profile photo of {s}, friendly smile, blurred modern office, 50mm',
  '{s} as a 1920s detective, trench coat, film noir, venetian blind shadows',
];

const PET = [
  '{s} wearing a tiny knitted sweater, autumn leaves, soft focus background',
  'royal portrait of {s} in a velvet cape, oil on canvas, 18th century',
  '{s} jumping over a stream, frozen motion, droplets, 1/2000s, telephoto',
  '{s} as an astronaut floating in the space station, earth through the window',
  'minimalist line illustration of {s}, single colour background, poster',
];

const PRODUCT = [
  'product photo of {s} on wet black slate, softbox reflections, high detail',
  '{s} on a sunlit wooden table beside a linen napkin, breakfast scene, top view',
  'advertising shot of {s} splashing through water, frozen droplets, blue gradient backdrop',
  '{s} in a minimalist Scandinavian living room, morning light, interior magazine',
  '{s} floating between pastel geometric shapes, studio render look',
];

const STYLE = [
  'a lighthouse on a cliff at dusk in the style of {s}',
  'an old bookshop interior with a sleeping cat, {s}',
  'portrait of an elderly fisherman, {s}, muted palette',
  'city skyline above a river, morning fog, {s}',
  'a bowl of lemons on a blue tablecloth, {s}',
];

export const TEXTS: Record<Subject, readonly string[]> = {
  person: PERSON,
  pet: PET,
  product: PRODUCT,
  style: STYLE,
};

export const NEGATIVE_TEXTS = [
  null,
  'blurry, deformed hands, extra fingers, watermark',
  null,
  'old, wrinkles, double torso, nude, cropped',
  'lowres, jpeg artifacts, text, logo',
] as const;
