import "./keys.js";
import "./forms.js";
import "./list.js";
import "./player.js";
import "./passkeys.js";
